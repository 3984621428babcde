"""The router and the bridge in a process of their own: what the Rust host relies on beyond the wire."""

import json
import subprocess
import sys

from hosts import ROOT, Worker
from pdf_maker import one_page

PROGRAM = """
import gc, json, sys, threading
from pyworker import bridge, errors

class Hooks:
    def emit(self, event): raise AssertionError(event)
    def leave_out_of_memory(self, rss_mb): raise AssertionError(rss_mb)

ready = bridge.start(Hooks())
path = sys.argv[1]
crop = {"file_path": path, "page_index": 0, "bbox": [0.0, 0.0, 20.0, 10.0], "dpi": 72.0, "format": "raw", "quality": 85,
        "coord_origin": "TOPLEFT", "transport": "inline", "include_text": False}
first = bridge.handle("extract_evidence", dict(crop), 5.0, None)
router = bridge._router
documents = router._documents._documents
seen = {"ready": ready, "bytes": len(first["base64"]), "pydantic": "pydantic" in sys.modules,
        "numpy": "numpy" in sys.modules, "automatic collection": gc.isenabled(), "open": [len(documents)]}
# Idle: freed at once. At work: freed behind the request.
router.relieve()
seen["open"].append(len(documents))
bridge.handle("extract_evidence", dict(crop), 5.0, None)
router._handlers["ping"] = lambda payload, context: router.relieve() or {"open": len(documents)}
seen["open"] += [bridge.handle("ping", {}, 5.0, None)["open"], len(documents)]
threads = threading.active_count()
for _ in range(50):
    bridge.handle("extract_evidence", dict(crop), 5.0, None)
seen["threads started"] = threading.active_count() - threads
try:
    bridge.handle("document_info", {"file_path": path + ".none"}, 5.0, None)
except errors.WorkerError as error:
    seen["error"] = errors.describe(error)[0]
bridge.stop()
print(json.dumps(seen))
"""


def test_the_bridge(make_pdf):
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(make_pdf(one_page()))],
        capture_output=True,
        env=Worker.environment(),
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr.decode()
    seen = json.loads(result.stdout)
    assert "pid" not in seen["ready"]
    assert seen["ready"]["capabilities"] == ["mmap"]
    assert seen["bytes"] == 20 * 10 * 3
    assert (seen["pydantic"], seen["numpy"]) == (False, False)
    assert seen["automatic collection"] is False
    assert seen["open"] == [1, 0, 1, 0]
    assert seen["threads started"] == 0
    assert seen["error"] == "file_not_found"
