"""The self-check before `ready`: cuts a picture out of a built-in page and looks at its pixels.

It also loads what the first request would have to wait for: pdfium's fonts, Pillow's encoders.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pypdfium2

from pyworker.context import RequestContext
from pyworker.engine.commands.extract_evidence import extract_evidence
from pyworker.engine.pdf.documents import OpenDocument
from pyworker.engine.pdf.mentions import Mentions
from pyworker.engine.process.mmap_store import MmapStore
from pyworker.errors import StartupFailed

TIMEOUT_S = 10.0
# A page of 20 x 10 points, red all over, with a letter of a standard font. pdfium rebuilds the missing xref table.
PAGE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 20 10]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 51>>stream
1 0 0 rg 0 0 20 10 re f BT /F 5 Tf 10 2 Td (a) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R/Size 6>>
%%EOF
"""
NOTHING = Mentions(user_unit=False, turn=False, layers=False)
RED = b"\xff\x00\x00"


def self_check(store: MmapStore) -> None:
    """Raises StartupFailed where a picture cannot be cut or is not the right one."""
    try:
        pdf = pypdfium2.PdfDocument(PAGE)
        document = OpenDocument(pdf, Path("self-check"), None, len(pdf), len(PAGE), NOTHING)
        pictures = {}
        for name in ("raw", "jpeg"):
            payload = SimpleNamespace(
                page_index=0,
                bbox=(0.0, 0.0, 20.0, 10.0),
                dpi=72.0,
                format=name,
                quality=85,
                coord_origin="TOPLEFT",
                transport="inline",
                include_text=False,
                languages=[],
            )
            data = extract_evidence(document, payload, RequestContext(TIMEOUT_S), store)
            pictures[name] = bytes(data["base64"])
        document.close()
    except Exception as error:
        raise StartupFailed(
            f"the self-check could not cut a picture ({type(error).__name__}: {error}); "
            "reinstall the packages of pyworker/requirements-lean.txt"
        ) from error
    raw, jpeg = pictures["raw"], pictures["jpeg"]
    if raw[:3] != RED or len(raw) != 600 or not jpeg.startswith(b"\xff\xd8\xff"):
        raise StartupFailed(
            "the self-check cut a picture with wrong pixels; reinstall the packages of pyworker/requirements-lean.txt"
        )
