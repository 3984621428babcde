"""The worker's settings, read once from the `TACH_*` environment variables."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from pyworker import limits, long_paths
from pyworker.errors import StartupFailed

DoclingProfile = Literal["auto", "lean", "full", "none"]
DoclingLoad = Literal["eager", "idle", "lazy"]
Sandbox = Literal["auto", "require", "off"]


@dataclass(frozen=True)
class Settings:
    """Typed values of the environment; docs/protocol.md lists the variables.

    A variable that is empty counts as not set.
    """

    ram_soft_mb: int = limits.DEFAULT_RAM_SOFT_MB
    """RSS in MB (2^20 bytes) that starts a garbage collection and a `memory_warning`."""
    docling_threads: int = limits.DEFAULT_DOCLING_THREADS
    timeout_ms: int = limits.DEFAULT_TIMEOUT_MS
    """Deadline of a request that names none."""
    docling_profile: DoclingProfile = "auto"
    docling_load: DoclingLoad = "eager"
    docling_artifacts: Path | None = None
    """Folder of model files of the `full` profile."""
    allowed_roots: tuple[Path, ...] = ()
    """Folders that files may be read from, links resolved; empty: all."""
    test_faults: bool = False
    """Whether the `fault` command exists."""
    mmap_dir: Path | None = None
    """Folder for the files of the mmap transport; None: a private one below the system's temporary folder."""
    page_cache_mb: int = limits.DEFAULT_PAGE_CACHE_MB
    """MB that the kept pixels of slow pages may take; 0 keeps none."""
    text_cache_dir: Path | None = None
    """Folder where `find_text` keeps what it read of documents; None: in memory alone."""
    sandbox: Sandbox = "auto"
    """How far the worker is confined; only the Rust host can do it."""

    @property
    def ram_hard_mb(self) -> int:
        """RSS in MB that ends the worker: 1.5 times the soft limit."""
        return limits.ram_hard_mb(self.ram_soft_mb)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Reads `environ` (default: the process's own).

        Raises StartupFailed that names the variable where a value is not usable.
        """
        variables = os.environ if environ is None else environ
        artifacts = variables.get("TACH_DOCLING_ARTIFACTS")
        mmap_dir = variables.get("TACH_MMAP_DIR")
        text_cache_dir = variables.get("TACH_TEXT_CACHE_DIR")
        return cls(
            ram_soft_mb=_integer(
                variables, "TACH_WORKER_RAM_LIMIT_MB", cls.ram_soft_mb, 1, limits.MAX_RAM_SOFT_MB
            ),
            docling_threads=_integer(
                variables, "TACH_DOCLING_THREADS", cls.docling_threads, 1, limits.MAX_DOCLING_THREADS
            ),
            timeout_ms=_integer(
                variables, "TACH_WORKER_TIMEOUT_MS", cls.timeout_ms, 1, limits.MAX_TIMEOUT_MS
            ),
            docling_profile=cast(
                DoclingProfile, _choice(variables, "TACH_DOCLING_PROFILE", get_args(DoclingProfile), "auto")
            ),
            docling_load=cast(
                DoclingLoad, _choice(variables, "TACH_DOCLING_LOAD", get_args(DoclingLoad), "eager")
            ),
            docling_artifacts=Path(artifacts) if artifacts else None,
            allowed_roots=_roots(variables.get("TACH_ALLOWED_ROOTS", "")),
            sandbox=cast(Sandbox, _choice(variables, "TACH_SANDBOX", get_args(Sandbox), "auto")),
            test_faults=variables.get("TACH_TEST_FAULTS") == "1",
            page_cache_mb=_integer(
                variables, "TACH_PAGE_CACHE_MB", cls.page_cache_mb, 0, limits.MAX_PAGE_CACHE_MB
            ),
            mmap_dir=Path(mmap_dir) if mmap_dir else None,
            text_cache_dir=Path(text_cache_dir) if text_cache_dir else None,
        )

    def mmap_root(self) -> Path:
        """The folder below which each worker of this user makes one of its own, where TACH_MMAP_DIR names none."""
        user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
        return Path(tempfile.gettempdir()) / f"tach-worker-{user}"


def _integer(variables: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = variables.get(name, "")
    if not text:
        return default
    # int() would also take "1_000" and other scripts' digits, which the Rust side does not.
    if text.isascii() and text.isdigit() and least <= int(text) <= most:
        return int(text)
    raise StartupFailed(
        f"{name} must be an integer from {least} to {most}, not {text!r}; correct or unset it"
    )


def _choice(variables: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    text = variables.get(name, "") or default
    if text in choices:
        return text
    raise StartupFailed(f"{name} must be one of {', '.join(choices)}, not {text!r}; correct or unset it")


def _roots(text: str) -> tuple[Path, ...]:
    roots = []
    for entry in filter(None, text.split(os.pathsep)):
        root = Path(entry)
        if not root.is_absolute():
            raise StartupFailed(f"TACH_ALLOWED_ROOTS holds {entry!r}, which is no absolute path; correct it")
        roots.append(Path(long_paths.plain(os.path.realpath(root))))
    # A value of separators alone was meant to restrict; allowing everything would be the wrong guess.
    if text and not roots:
        raise StartupFailed("TACH_ALLOWED_ROOTS is set but names no folder; name one or unset it")
    return tuple(roots)
