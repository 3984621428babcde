"""Mutations of documents for the fuzzing campaign: a seed's bytes, made wrong in one of many ways.

Each function takes the bytes and a generator of random numbers, and returns other bytes; a document that it can't
change in its way is changed byte by byte.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from random import Random

import pikepdf

NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"65535",
    b"65536",
    b"2147483647",
    b"-2147483648",
    b"4294967296",
    b"99999999999999999999",
    b"1e308",
)
FILTERS = (
    "/FlateDecode",
    "/LZWDecode",
    "/ASCIIHexDecode",
    "/ASCII85Decode",
    "/RunLengthDecode",
    "/DCTDecode",
    "/JPXDecode",
)
MAX_GROWTH = 1 << 20


def bytes_changed(data: bytes, random: Random) -> bytes:
    """Some bytes set, inserted, removed or repeated."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 4, 32, 256))):
        if not changed:
            break
        at = random.randrange(len(changed))
        length = min(random.choice((1, 4, 64, 4096)), len(changed) - at)
        match random.randrange(5):
            case 0:
                changed[at] = random.randrange(256)
            case 1:
                changed[at] ^= 1 << random.randrange(8)
            case 2:
                del changed[at : at + length]
            case 3:
                changed[at:at] = random.randbytes(min(length, 64))
            case _:
                changed[at:at] = changed[at : at + length]
        if len(changed) > len(data) + MAX_GROWTH:
            break
    return bytes(changed)


def cut_short(data: bytes, random: Random) -> bytes:
    """The beginning or the end alone."""
    at = random.randrange(max(1, len(data)))
    return data[:at] if random.random() < 0.7 else data[at:]


def numbers_changed(data: bytes, random: Random) -> bytes:
    """Numbers replaced by extreme ones: lengths, counts, references, offsets, sizes."""
    found = list(re.finditer(rb"(?<![\w.])\d{1,10}(?![\w.])", data[: 8 << 20]))
    return _replaced(data, random.sample(found, min(len(found), random.choice((1, 3, 20)))), NUMBERS, random)


def names_swapped(data: bytes, random: Random) -> bytes:
    """Names such as /Font or /Flate exchanged for others of the same document."""
    found = list(re.finditer(rb"/[A-Za-z][A-Za-z0-9]{1,24}", data[: 8 << 20]))
    chosen = random.sample(found, min(len(found), random.choice((1, 3, 10))))
    return _replaced(data, chosen, [match.group() for match in found] or [b"/X"], random)


def objects_swapped(data: bytes, random: Random) -> bytes:
    """Two objects' contents exchanged, or all references to one led to another (loops included)."""
    found = list(re.finditer(rb"(\d+) 0 obj(.*?)endobj", data[: 8 << 20], re.DOTALL))
    if len(found) < 2:
        return bytes_changed(data, random)
    first, second = random.sample(found, 2)
    if random.random() < 0.5:
        return re.sub(rb"\b" + first.group(1) + rb" 0 R\b", second.group(1) + b" 0 R", data)
    first, second = sorted((first, second), key=lambda match: match.start())
    return b"".join(
        (
            data[: first.start(2)],
            second.group(2),
            data[first.end(2) : second.start(2)],
            first.group(2),
            data[second.end(2) :],
        )
    )


def cross_references_changed(data: bytes, random: Random) -> bytes:
    """Offsets of the cross-reference table moved, or a trailer that names itself as its predecessor."""
    start = re.search(rb"startxref\s+(\d+)", data)
    if start is None:
        return bytes_changed(data, random)
    if random.random() < 0.3:
        return data.replace(b"trailer", b"trailer <</Prev " + start.group(1) + b">>", 1)
    entries = list(re.finditer(rb"\d{10}(?= \d{5} n)", data))
    if not entries or random.random() < 0.3:
        return data[: start.start(1)] + random.choice(NUMBERS) + data[start.end(1) :]
    chosen = random.sample(entries, min(len(entries), 5))
    return _replaced(data, chosen, [b"%010d" % random.randrange(len(data) * 2) for _ in range(5)], random)


def _streams(data: bytes, change: Callable[[pikepdf.Stream, Random], None], random: Random) -> bytes:
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            streams = [it for it in document.objects if isinstance(it, pikepdf.Stream)]
            for stream in random.sample(streams, min(len(streams), random.choice((1, 2, 6)))):
                change(stream, random)
            out = io.BytesIO()
            document.save(
                out,
                compress_streams=False,
                deterministic_id=True,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
            )
            return out.getvalue()
    except Exception:  # A seed that is broken already, or encrypted.
        return bytes_changed(data, random)


def contents_changed(data: bytes, random: Random) -> bytes:
    """Decoded contents (pages, fonts, forms, images) changed and encoded again, so that the fault is reached."""

    def change(stream: pikepdf.Stream, random: Random) -> None:
        kinds = (bytes_changed, numbers_changed, cut_short)
        decoded = random.choice(kinds)(stream.read_bytes()[: 4 << 20], random)
        stream.write(zlib.compress(decoded), filter=pikepdf.Name.FlateDecode)

    return _streams(data, change, random)


def filters_nested(data: bytes, random: Random) -> bytes:
    """Streams that say they are encoded otherwise, or many times, or that grow a thousandfold when decoded."""

    def change(stream: pikepdf.Stream, random: Random) -> None:
        if random.random() < 0.4:
            packed = bytes(random.choice((1, 64)) << 20)
            for _ in range(2):
                packed = zlib.compress(packed)
            stream.write(packed, filter=pikepdf.Array([pikepdf.Name.FlateDecode] * 2))
        else:
            names = [pikepdf.Name(random.choice(FILTERS)) for _ in range(random.choice((1, 2, 40)))]
            stream.Filter = pikepdf.Array(names)

    return _streams(data, change, random)


def images_and_fonts_changed(data: bytes, random: Random) -> bytes:
    """Sizes, depths, colour spaces and tables of images and fonts set to what they can't be."""

    def change(stream: pikepdf.Stream, random: Random) -> None:
        keys = (
            "/Width",
            "/Height",
            "/BitsPerComponent",
            "/Length1",
            "/N",
            "/First",
            "/FunctionType",
            "/BBox",
            "/Matrix",
        )
        for key in random.sample(keys, 3):
            stream[key] = random.choice((0, -1, 1, 7, 65536, 2147483647))
        if random.random() < 0.5:
            stream.ColorSpace = random.choice(
                (pikepdf.Name.DeviceCMYK, pikepdf.Name.Pattern, pikepdf.Array([pikepdf.Name.Indexed]))
            )

    return _streams(data, change, random)


def archive_changed(data: bytes, random: Random) -> bytes:
    """Members of an Office file or EPUB changed, doubled, missing, huge, or with names that lead elsewhere."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            members = [(entry.filename, source.read(entry)) for entry in source.infolist()]
    except Exception:  # No archive, or a broken one.
        return bytes_changed(data, random)
    out = io.BytesIO()
    chosen = random.randrange(len(members)) if members else 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for number, (name, content) in enumerate(members):
            if number != chosen:
                target.writestr(name, content)
                continue
            match random.randrange(5):
                case 0:
                    target.writestr(name, bytes_changed(content, random))
                case 1:
                    target.writestr(name, numbers_changed(content, random))
                case 2:
                    target.writestr(name, content + b" " * (64 << 20))
                case 3:
                    target.writestr("../" * 4 + name, content)
                case _:
                    pass
    return out.getvalue()


def _replaced(
    data: bytes, matches: list[re.Match[bytes]], values: list[bytes] | tuple[bytes, ...], random: Random
) -> bytes:
    parts, last = [], 0
    for match in sorted(matches, key=lambda it: it.start()):
        parts += [data[last : match.start()], random.choice(values)]
        last = match.end()
    return b"".join([*parts, data[last:]])


ANY = (bytes_changed, cut_short, numbers_changed)
PDF = (
    *ANY,
    names_swapped,
    objects_swapped,
    cross_references_changed,
    contents_changed,
    filters_nested,
    images_and_fonts_changed,
)
ARCHIVE = (*ANY, archive_changed, archive_changed, archive_changed)


def mutated(name: str, data: bytes, random: Random) -> tuple[str, bytes]:
    """The name of the mutation and the document that it gives."""
    kinds = PDF if name.endswith(".pdf") else ARCHIVE if data[:2] == b"PK" else ANY
    kind = random.choice(kinds)
    return kind.__name__, kind(data, random)
