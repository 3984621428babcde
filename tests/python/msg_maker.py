"""A tiny writer of Outlook messages ([MS-OXMSG] in a compound file of [MS-CFB]): a subject and a body."""

from __future__ import annotations

import struct

SECTOR, SMALL = 512, 64
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
SUBJECT, BODY = 0x0037, 0x1000
UNICODE = 0x001F


def outlook_message(subject: str, body: str) -> bytes:
    """A message that holds two properties, each a string in a stream of its own."""
    properties = bytearray(32)
    streams = []
    for identifier, text in ((SUBJECT, subject), (BODY, body)):
        raw = text.encode("utf-16-le")
        properties += struct.pack("<HHIII", UNICODE, identifier, 6, len(raw) + 2, 0)
        streams.append((f"__substg1.0_{identifier:04X}{UNICODE:04X}", raw))
    # Names are in order of their length, then of their letters.
    streams.append(("__properties_version1.0", bytes(properties)))
    return compound_file(sorted(streams, key=lambda stream: (len(stream[0]), stream[0])))


def compound_file(streams: list[tuple[str, bytes]]) -> bytes:
    """A compound file with small streams (below 4096 bytes, 32 KB in all), named in their order."""
    small, table, places = b"", [], []
    for _, raw in streams:
        first, count = len(table), -(-len(raw) // SMALL)
        places.append((first, len(raw)))
        table += [*range(first + 1, first + count), END]
        small += raw.ljust(count * SMALL, b"\0")
    # Sector 0 is the FAT, 1 the table of small sectors, then the directory, then the small sectors themselves.
    entries = [_entry("Root Entry", 5, 1, FREE, (0, len(small)))]
    for number, ((name, _), place) in enumerate(zip(streams, places, strict=True), 1):
        after = number + 1 if number < len(streams) else FREE
        entries.append(_entry(name, 2, FREE, after, place))
    directory = _padded(b"".join(entries))
    content = _padded(small)
    at = 2 + len(directory) // SECTOR
    entries[0] = _entry("Root Entry", 5, 1, FREE, (at, len(small)))
    directory = _padded(b"".join(entries))
    fat = [FAT, END, *range(3, at), END, *range(at + 1, at + len(content) // SECTOR), END]
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 2, 0, 4096, 1, 1, END, 0, 0),
    )
    parts = (_padded(header, b"\xff"), _table(fat), _table(table), directory, content)
    return b"".join(parts)


def _entry(name: str, kind: int, child: int, right: int, place: tuple[int, int]) -> bytes:
    raw = name.encode("utf-16-le")
    head = struct.pack("<64sHBBIII", raw, len(raw) + 2, kind, 1, FREE, right, child)
    return head + bytes(36) + struct.pack("<IQ", *place)


def _table(numbers: list[int]) -> bytes:
    return _padded(struct.pack(f"<{len(numbers)}I", *numbers), b"\xff")


def _padded(raw: bytes, fill: bytes = b"\0") -> bytes:
    return raw.ljust(-(-len(raw) // SECTOR) * SECTOR, fill)
