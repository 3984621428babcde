"""Which Docling profile this environment can run: packages and model files looked up without importing
anything.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pyworker.errors import StartupFailed
from pyworker.settings import DoclingProfile

Profile = Literal["lean", "full", "none"]

# Import name -> the name to install it by.
LEAN_PACKAGES = {
    "docling": "docling-slim[format-pdf,convert-core]",
    "docling_core": "docling-core",
    "docling_parse": "docling-parse",
}
FULL_PACKAGES = {
    **LEAN_PACKAGES,
    "torch": "torch",
    "torchvision": "torchvision",
    "transformers": "transformers",
    "docling_ibm_models": "docling-ibm-models",
}
OCR_PACKAGES = {"rapidocr": "rapidocr", "onnxruntime": "onnxruntime", "cv2": "opencv-python-headless"}

# The folder names are those that `docling-tools models download` writes and Docling reads (its
# `artifacts_path`).
LAYOUT_FOLDER = "docling-project--docling-layout-heron"
TABLEFORMER_FOLDER = "docling-project--docling-models/model_artifacts/tableformer/accurate"
LAYOUT_FILES = tuple(
    f"{LAYOUT_FOLDER}/{name}" for name in ("config.json", "preprocessor_config.json", "model.safetensors")
)
TABLEFORMER_FILES = tuple(
    f"{TABLEFORMER_FOLDER}/{name}" for name in ("tm_config.json", "tableformer_accurate.safetensors")
)


@dataclass(frozen=True)
class Installed:
    """What was found on this machine."""

    missing_lean: tuple[str, ...]
    """Packages that the lean profile wants and that are not there, by the name to install them by."""
    missing_full: tuple[str, ...]
    missing_ocr: tuple[str, ...]
    missing_files: tuple[str, ...]
    """Model files of the full profile that are not in the artifacts folder, relative to it."""


def look(artifacts: Path | None) -> Installed:
    """Look for packages and for model files; imports nothing and reads no file."""
    if artifacts is None:
        missing_files = LAYOUT_FILES + TABLEFORMER_FILES
    else:
        missing_files = tuple(
            name for name in LAYOUT_FILES + TABLEFORMER_FILES if not (artifacts / name).is_file()
        )
    return Installed(_missing(LEAN_PACKAGES), _missing(FULL_PACKAGES), _missing(OCR_PACKAGES), missing_files)


def choose(wanted: DoclingProfile, artifacts: Path | None, installed: Installed) -> Profile:
    """The profile to run.

    `auto` takes the fullest one whose packages and files are all there. A profile asked for by name is never
    replaced by a smaller one: StartupFailed says what is missing and the command that gets it.
    """
    if wanted == "none":
        return "none"
    if wanted == "auto":
        if not installed.missing_full and not installed.missing_files:
            return "full"
        return "none" if installed.missing_lean else "lean"
    missing = installed.missing_lean if wanted == "lean" else installed.missing_full
    if missing:
        raise StartupFailed(
            f"the {wanted} profile needs {', '.join(missing)}, which this Python environment lacks; "
            f"install with: python -m pip install --require-hashes -r pyworker/requirements-{wanted}.txt"
            " (or set TACH_DOCLING_PROFILE=auto)"
        )
    if wanted == "full":
        if artifacts is None:
            raise StartupFailed(
                "the full profile reads its models from the folder that TACH_DOCLING_ARTIFACTS names, "
                f"and it is not set; fetch them with: {fetch_command(None)} and set it to that folder"
            )
        if installed.missing_files:
            raise StartupFailed(
                f"the full profile's model file {artifacts / installed.missing_files[0]} is missing; "
                f"fetch it with: {fetch_command(artifacts)}"
            )
    return wanted


def fetch_command(artifacts: Path | None) -> str:
    """The shell command that downloads the full profile's models; the worker itself never does."""
    folder = f'"{artifacts}"' if artifacts is not None else "FOLDER"
    return f"docling-tools models download -o {folder} layout tableformer"


def capabilities(profile: Profile, installed: Installed) -> list[str]:
    """What the profile really offers here: a subset of docling, tables, ocr, tableformer."""
    if profile == "none":
        return []
    names = ["docling", "tables"]
    if not installed.missing_ocr:
        names.append("ocr")
    if profile == "full":
        names.append("tableformer")
    return names


def docling_version() -> str | None:
    """Version of the Docling that is installed, or None."""
    try:
        return importlib.metadata.version("docling-slim")
    except importlib.metadata.PackageNotFoundError:
        return None


def _missing(packages: dict[str, str]) -> tuple[str, ...]:
    return tuple(name for module, name in packages.items() if importlib.util.find_spec(module) is None)
