"""The sandbox of the Rust host on Linux: nothing gets out, and every command works inside."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from handed_worker import HandedWorker
from hosts import ROOT, Worker, shim_path
from pdf_maker import one_page
from PIL import Image, ImageDraw, ImageFont
from test_convert_mail import letter
from text_pages import column, ruled_table, scanned_pdf, text_pdf

from pyworker import messages

HOSTS = os.environ.get("TACH_TEST_HOSTS", "python,shim")

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sandbox"),
    pytest.mark.skipif("shim" not in HOSTS, reason="only the Rust host has the sandbox"),
]

NOBODY = 65534
# What an unconfined worker of any user can do on every machine that the tests run on: the attempts are real ones.
CERTAIN = {
    "read_password_file",
    "list_processes",
    "tcp_socket",
    "unix_datagram_socket",
    "fork",
    "start_program",
    "run_program_in_place",
    "change_rights",
    "write_temporary_folder",
    "write_own_process_name",
    "writable_code",
    "signal_parent",
}


class Confined(Worker):
    """A worker that may read one folder."""

    prefix: tuple[str, ...] = ()

    def __init__(self, root: Path, prefix: tuple[str, ...] = (), **environment: str) -> None:
        self.prefix = prefix
        self.asked: set[str] = set()
        super().__init__("shim", **{"TACH_ALLOWED_ROOTS": str(root), "TACH_SANDBOX": "require"} | environment)

    def send(self, cmd: str, payload=None, **more) -> str:
        self.asked.add(cmd)
        return super().send(cmd, payload, **more)

    def ask(self, cmd: str, payload=None, **more) -> dict:
        """As Worker.ask; progress may come in between."""
        req_id = self.send(cmd, payload, **more)
        while (reply := self.receive()).get("type") == "progress":
            pass
        assert reply["req_id"] == req_id
        return reply

    def command(self, kind: str) -> list[str]:
        return [*self.prefix, *Worker.command(kind)]


class Handed(Confined, HandedWorker):
    """A worker that may open no document; each is handed over."""

    def __init__(self, root: Path, prefix: tuple[str, ...] = (), **environment: str) -> None:
        super().__init__(root, prefix, **environment)


@pytest.fixture
def confined():
    """Starts confined workers; a start on a kernel without the means is a failure, not a skip."""
    started = []

    def start(root, prefix=(), kind=Confined, **environment):
        worker = kind(root, prefix, **environment)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.stop()


def test_no_way_out_succeeds(confined, tmp_path):
    worker = confined(tmp_path)
    ready = worker.ready()
    assert "sandbox" in ready["capabilities"]
    assert "Landlock" in ready["sandbox"]
    assert "self-test passed" in ready["sandbox"]
    data = worker.data("fault", {"kind": "escape"}, timeout_ms=60_000)
    assert data["tried"] >= 50
    assert data["succeeded"] == []
    worker.data("ping")


def test_the_same_ways_succeed_without_the_sandbox(confined, tmp_path):
    worker = confined(tmp_path, TACH_SANDBOX="off")
    ready = worker.ready()
    assert "sandbox" not in ready["capabilities"]
    assert "TACH_SANDBOX=off" in ready["sandbox"]
    succeeded = worker.data("fault", {"kind": "escape"}, timeout_ms=60_000)["succeeded"]
    assert set(succeeded) >= CERTAIN


def test_no_way_out_succeeds_for_a_plain_user(confined, tmp_path):
    setpriv = shutil.which("setpriv")
    if os.getuid() != 0 or setpriv is None:
        pytest.skip("the tests run as a plain user already, or setpriv is missing")
    plain = (setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    # Where the Python environment is in a closed folder of root's, the right to read it is all that is kept.
    reading = (*plain, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    files = [str(shim_path()), sys.executable, sys.base_prefix + "/lib"]
    code = f"import os; os._exit(not all(os.access(file, os.R_OK) for file in {files}))"
    is_open = subprocess.run([*plain, sys.executable, "-c", code], check=False).returncode == 0
    prefix = plain if is_open else reading
    tmp_path.chmod(0o755)
    worker = confined(tmp_path, prefix)
    worker.ready()
    assert worker.data("fault", {"kind": "escape"}, timeout_ms=60_000)["succeeded"] == []


def test_without_roots_documents_are_read_anywhere_and_nothing_else_is_open(confined, tmp_path, make_pdf):
    path = make_pdf(one_page())
    worker = confined(tmp_path, TACH_ALLOWED_ROOTS="")
    worker.ready()
    worker.crop(path, [0, 0, 200, 100])
    succeeded = set(worker.data("fault", {"kind": "escape"}, timeout_ms=60_000)["succeeded"])
    assert succeeded <= {"read_password_file", "list_home"}


def test_a_worker_without_a_home_starts(confined, tmp_path):
    worker = confined(tmp_path, ("env", "-u", "HOME"), TACH_DOCLING_PROFILE="lean", TACH_DOCLING_LOAD="eager")
    assert "docling" in worker.ready()["capabilities"]


def test_an_unknown_mode_is_no_start(confined, tmp_path):
    worker = confined(tmp_path, TACH_SANDBOX="yes")
    (failure,) = worker.rest()
    assert failure["event"] == "startup_failed"
    assert "TACH_SANDBOX" in failure["message"]
    assert worker.wait() == 78


def test_the_private_folder_goes_with_its_worker(confined, tmp_path, make_pdf):
    path = make_pdf(one_page())
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    worker = confined(tmp_path, TMPDIR=str(temporary))
    worker.ready()
    worker.crop(path, [0, 0, 200, 100], transport="mmap")
    (root,) = temporary.iterdir()
    assert len(list(root.iterdir())) == 1
    worker.stop()
    assert list(root.iterdir()) == []


def test_every_command_works_and_none_tries_to_get_out(confined, tmp_path):
    """Traced: nothing but KNOWN is tried once the sandbox is closed, all of it in vain, and no file written outside."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is missing")
    documents, trace = tmp_path / "documents", tmp_path / "trace"
    images, texts = tmp_path / "images", tmp_path / "texts"
    documents.mkdir()
    prefix = (strace, "-f", "-qq", "-o", str(trace), "-e", f"trace={TRACED}")
    # TMPDIR and the folder for images are one here, and the tracer's file is outside it.
    folders = {"TACH_MMAP_DIR": str(images), "TACH_TEXT_CACHE_DIR": str(texts)}
    # A crop too takes its time under strace.
    folders["TACH_WORKER_TIMEOUT_MS"] = "200000"
    worker = confined(documents, prefix, Handed, TACH_DOCLING_PROFILE="lean", **folders)
    worker.patience_s = 240.0
    worker.ready()
    every_command(worker, documents)
    assert worker.asked == set(messages.PAYLOADS) - {"fault", "shutdown"}
    worker.stop()
    escapes, writes = attempts(trace.read_text(errors="replace"))
    assert [line for line in escapes if not line.endswith("= -1 EPERM (Operation not permitted)")] == []
    assert [line for line in escapes if not any(known in line for known in KNOWN)] == []
    assert writes, "the images were written somewhere"
    opened = [line for line in trace.read_text(errors="replace").splitlines() if f'"{documents}' in line]
    assert [line for line in opened if "open" in line] == [], "documents are handed over"
    inside = (str(images), str(texts), "/dev/null")
    assert [path for path in writes if not path.startswith(inside)] == []
    assert list(texts.iterdir()), "the text was kept"


TRACED = "network,execve,execveat,fork,vfork,open,openat,creat,truncate,mkdir,mkdirat,rename,renameat,renameat2,seccomp"
KNOWN = (
    # The test of Rust's signal handlers whether their pipe is a socket.
    " sendto(",
    # urllib3 looks at its import whether this machine has IPv6.
    " socket(AF_INET6, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP)",
    # platform.processor() asks `uname -p`, and goes on without.
    " vfork()",
)
"""What libraries try without harm where nothing confines them, and are refused."""
_CLOSED = "seccomp(SECCOMP_SET_MODE_FILTER"
_NETWORK = re.compile(r"\b(socket|socketpair|connect|bind|sendto|sendmsg|execve|execveat|fork|vfork)\(")
_OPENED = re.compile(r"\b(?:open|openat|creat)\((?:AT_FDCWD, )?\"([^\"]*)\", ([A-Z_|]+).* = \d+$")


def attempts(trace: str) -> tuple[list[str], list[str]]:
    """The lines that try to get out, refused or not, and the paths that were opened for writing."""
    lines = trace.splitlines()
    closed = max(number for number, line in enumerate(lines) if _CLOSED in line)
    # The self-test's own socket comes first.
    after = [line for line in lines[closed + 1 :] if "resumed>" not in line]
    sockets = [line for line in after if _NETWORK.search(line)]
    assert "AF_INET" in sockets[0]
    opened = [match for match in map(_OPENED.search, after) if match]
    return sockets[1:], [
        path for path, flags in (match.groups() for match in opened) if "O_RDONLY" not in flags
    ]


def every_command(worker: Worker, folder: Path) -> None:
    """Sends each command to a confined worker; each must succeed."""
    lines = ["Invoice No. 2041 of 7 March", "Total amount due: 318.50 EUR"]
    scan, text, table, picture = (
        folder / name for name in ("scan.pdf", "text.pdf", "table.pdf", "picture.png")
    )
    scan.write_bytes(scanned_pdf(column(80, 660, lines, 15, 1.8)))
    text.write_bytes(text_pdf(column(80, 660, lines, 15, 1.8)))
    table.write_bytes(text_pdf(ruled_table(80, 700, [["Item", "Count"], ["Bolt", "12"], ["Nut", "7"]])))
    image = Image.new("RGB", (620, 200), "white")
    ImageDraw.Draw(image).text((50, 80), "Text of a picture", "black", font=ImageFont.load_default(32))
    image.save(picture, dpi=(144, 144))
    late = {"timeout_ms": 200_000}

    for transport in ("inline", "mmap"):
        worker.crop(text, [0, 0, 100, 100], transport=transport, include_text=True)
    for kind in ("jpeg", "webp", "raw"):
        worker.crop(text, [0, 0, 100, 100], format=kind)
    page = {"file_path": str(text), "page_index": 0}
    assert lines[0] in worker.data("extract_text", page, **late)["text"]
    found = worker.data("find_text", {"file_path": str(text), "query": "Invoice"}, **late)
    assert len(found["matches"]) == 1
    assert worker.data("read_sheet", page, **late)["kind"] == "text"
    drawing = folder / "drawing.pdf"
    shutil.copy(ROOT / "docs" / "sample" / "engineering_sheet.pdf", drawing)
    sheet = worker.data("read_sheet", {**page, "file_path": str(drawing)}, **late)
    assert sheet["kind"] == "drawing"
    assert sheet["title_block"] is not None
    assert worker.data("document_info", {"file_path": str(text)})["page_count"] == 1
    assert worker.data("parse_table", {**page, "file_path": str(table), "exports": ["html", "csv"]}, **late)[
        "tables"
    ]
    assert worker.data("extract_text", {**page, "file_path": str(scan)}, **late)["text"].split("\n") == lines
    for kind in ("docling", "markdown", "text", "html", "doctags", "chunks"):
        worker.data("convert", {"file_path": str(text), "format": kind}, **late)
    for structure in ("auto", "fonts"):
        fields = {"file_path": str(table), "format": "html", "images": "embedded", "structure": structure}
        assert "Bolt" in worker.data("convert", fields, **late)["text"]
    found = worker.data("convert", {"file_path": str(picture), "format": "text"}, **late)
    assert "Text of a picture" in found["text"]
    if importlib.util.find_spec("docx") is not None:
        import docx

        word = docx.Document()
        word.add_heading("A Word file", 1)
        word.save(str(folder / "word.docx"))
        found = worker.data("convert", {"file_path": str(folder / "word.docx"), "format": "text"}, **late)
        assert "A Word file" in found["text"]
    mail = folder / "mail.eml"
    mail.write_bytes(letter(html='<p>A letter</p><img src="http://192.0.2.1/seen.png">', attachment=b"costs"))
    assert "A letter" in worker.data("convert", {"file_path": str(mail), "format": "text"}, **late)["text"]
    vietnamese = worker.ask(
        "extract_text", {**page, "file_path": str(scan), "languages": ["vi"], "ocr": "always"}, **late
    )
    assert vietnamese["status"] == "success" or vietnamese["error"]["code"] == "engine_unavailable"
    worker.data("ping")
