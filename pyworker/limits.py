"""The numbers that pyworker shares with the Rust programs: the Python form of protocol/src/limits.rs.

tests/python/test_schema.py compares the two, name by name.
"""

from __future__ import annotations

from enum import IntEnum

PROTOCOL_VERSION = 1

MAX_LINE_BYTES = 64 << 20
"""Longest line, newline not counted."""
MAX_PICTURE_LINE_BYTES = 401 << 20
"""Longest reply line with an image: MAX_PIXELS of raw RGB in base64, and 1 MiB for the rest."""
ENVELOPE_BYTES = 2048
"""Part of a reply line's length that is kept free for what stands beside `data`."""
QUEUE_LENGTH = 64
"""Requests that may wait inside a worker; it reads no further line while so many do."""

MAX_ID_CHARS = 128
DEFAULT_TIMEOUT_MS = 5_000
"""Deadline of a request that names none."""
MAX_TIMEOUT_MS = 600_000
"""Largest deadline that a request may name: ten minutes."""

MAX_OUTLINE_ENTRIES = 10_000
"""Entries of a document's outline that are told."""
MAX_LAYERS = 10_000
"""Layers of a document that are told and can be chosen."""
MAX_NAME_CHARS = 500
"""Characters of a layer's name, a page label and an outline title; longer ones are cut."""
MAX_QUERY_CHARS = 500
"""Characters of a text that `find_text` looks for."""
DEFAULT_MATCHES = 1_000
MAX_MATCHES = 10_000
"""Most matches that one `find_text` may ask for."""

DEFAULT_DPI = 150.0
MIN_DPI = 18.0
MAX_DPI = 1200.0
DEFAULT_QUALITY = 85
"""Of JPEG and WebP."""
MIN_QUALITY = 1
MAX_QUALITY = 100
MAX_PAGE_BREAK_CHARS = 256
MAX_PIXELS = 100_000_000
"""Most pixels that an image may have."""

DEFAULT_RAM_SOFT_MB = 1024
"""Soft memory limit in MB (2^20 bytes)."""
MAX_RAM_SOFT_MB = 1 << 30
RAM_HARD_PERCENT = 150
"""The hard memory limit in percent of the soft one."""
DEFAULT_PAGE_CACHE_MB = 128
"""What the kept pixels of slow pages may take."""
MAX_PAGE_CACHE_MB = 1 << 20
DEFAULT_DOCLING_THREADS = 4
MAX_DOCLING_THREADS = 1024

GRACE_MS = 500
"""How long the engine may take to come back after a deadline; then the worker exits with WEDGED."""
EXIT_NOTICE_MS = 500
"""How long a worker that exits without a graceful stop waits for the peer to read."""
SETTLE_MS = 500
"""How long a graceful stop waits for the reader to finish what it has read."""
IDLE_MS = 100
"""How long no request comes before a worker loads what TACH_DOCLING_LOAD=idle left for such a time."""
PEER_TIMEOUT_MS = 60_000
"""How long the peer may leave a reply unread while requests wait."""


class ExitCode(IntEnum):
    """Exit codes of a worker process."""

    GRACEFUL = 0
    BAD_ARGUMENTS = 64
    INTERNAL_PANIC = 70
    SELF_CHECK_FAILED = 78
    WEDGED = 124
    OUT_OF_MEMORY = 137


def ram_hard_mb(ram_soft_mb: int) -> int:
    """The RSS in MB that ends a worker with this soft limit."""
    return ram_soft_mb * RAM_HARD_PERCENT // 100
