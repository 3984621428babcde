"""A tiny PDF writer for the tests: pages with any entries and content, forms, annotations, RC4 encryption."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
# The string that pads passwords (ISO 32000-1, 7.6.3.3, algorithm 2).
PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(out)


def fill(colour, x, y, width, height) -> str:
    """Content that fills a rectangle, in page points."""
    red, green, blue = (part / 255 for part in colour)
    return f"{red:g} {green:g} {blue:g} rg {x:g} {y:g} {width:g} {height:g} re f\n"


def quadrants(x=0.0, y=0.0, width=200.0, height=100.0) -> str:
    """Red upper left, green upper right, blue lower left, yellow lower right; in page points."""
    w, h = width / 2, height / 2
    return (
        fill(RED, x, y + h, w, h)
        + fill(GREEN, x + w, y + h, w, h)
        + fill(BLUE, x, y, w, h)
        + fill(YELLOW, x + w, y, w, h)
    )


@dataclass
class Pdf:
    """Objects of one document; `build` writes them out."""

    objects: dict[int, bytes] = field(default_factory=dict)
    pages: list[int] = field(default_factory=list)
    catalog: str = ""
    info: str = ""

    def __post_init__(self) -> None:
        # 1 is the catalog, 2 the page tree.
        self._last = 2

    def add(self, body: str | bytes) -> int:
        self._last += 1
        self.objects[self._last] = body if isinstance(body, bytes) else body.encode("latin-1")
        return self._last

    def stream(self, data: str | bytes, entries: str = "") -> int:
        raw = data.encode("latin-1") if isinstance(data, str) else data
        return self.add(f"<</Length {len(raw)}{entries}>>stream\n".encode() + raw + b"\nendstream")

    def page(self, content="", size=(200.0, 100.0), entries="") -> int:
        """A page; `entries` may hold Rotate, CropBox, UserUnit, Annots and so on."""
        box = "" if "/MediaBox" in entries else f"/MediaBox[0 0 {size[0]:g} {size[1]:g}]"
        number = self.add(
            f"<</Type/Page/Parent 2 0 R{box}/Contents {self.stream(content)} 0 R"
            f"/Resources<</Font<</F 3 0 R>>>>{entries}>>"
        )
        self.pages.append(number)
        return number

    @classmethod
    def with_font(cls) -> Pdf:
        pdf = cls()
        assert pdf.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>") == 3
        return pdf

    def build(self, password: str | None = None) -> bytes:
        objects = dict(self.objects)
        kids = " ".join(f"{number} 0 R" for number in self.pages)
        objects[1] = f"<</Type/Catalog/Pages 2 0 R{self.catalog}>>".encode()
        objects[2] = f"<</Type/Pages/Kids[{kids}]/Count {len(self.pages)}>>".encode()
        trailer = "/Root 1 0 R"
        if self.info:
            objects[self._last + 1] = f"<<{self.info}>>".encode("latin-1")
            trailer += f"/Info {self._last + 1} 0 R"
        if password is not None:
            trailer += _encrypt(objects, password)
        out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        offsets = {}
        for number in sorted(objects):
            offsets[number] = len(out)
            out += b"%d 0 obj\n" % number + objects[number] + b"\nendobj\n"
        start = len(out)
        size = max(objects) + 1
        out += b"xref\n0 %d\n0000000000 65535 f \n" % size
        for number in range(1, size):
            out += b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 65535 f \n"
        out += f"trailer<</Size {size}{trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
        return bytes(out)


def _encrypt(objects: dict[int, bytes], password: str) -> str:
    """Encrypts the streams (RC4, 40 bits; algorithms 1 to 4 of ISO 32000-1, 7.6) and returns the trailer's entries."""
    identity = b"0123456789abcdef"
    padded = (password.encode("latin-1") + PADDING)[:32]
    owner = rc4(hashlib.md5(padded).digest()[:5], padded)
    permissions = -4
    seed = padded + owner + permissions.to_bytes(4, "little", signed=True) + identity
    key = hashlib.md5(seed).digest()[:5]
    user = rc4(key, PADDING)
    for number, body in objects.items():
        if b"stream\n" in body:
            head, _, rest = body.partition(b"stream\n")
            data = rest.removesuffix(b"\nendstream")
            salted = hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10]
            objects[number] = head + b"stream\n" + rc4(salted, data) + b"\nendstream"
    number = max(objects) + 1
    objects[number] = (
        f"<</Filter/Standard/V 1/R 2/P {permissions}/O<{owner.hex()}>/U<{user.hex()}>>>".encode()
    )
    return f"/Encrypt {number} 0 R/ID[<{identity.hex()}><{identity.hex()}>]"


def one_page(content=None, size=(200.0, 100.0), entries="", password=None) -> bytes:
    """A document of one page; by default the four quadrants."""
    pdf = Pdf.with_font()
    pdf.page(quadrants(0, 0, *size) if content is None else content, size, entries)
    return pdf.build(password)
