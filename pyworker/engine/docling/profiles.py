"""Which Docling profile this environment can run: packages and model files looked up without importing
anything.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pyworker.engine.docling import model_files
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


@dataclass(frozen=True)
class Installed:
    """What was found on this machine."""

    missing_lean: tuple[str, ...]
    """Packages that the lean profile wants and that are not there, by the name to install them by."""
    missing_full: tuple[str, ...]
    missing_ocr: tuple[str, ...]
    missing_files: tuple[str, ...]
    """Model files of the full profile that are not in the artifacts folder, relative to it."""
    damage: str | None = None
    """What is wrong with a model file that is there: its path and the reason."""


def look(artifacts: Path | None) -> Installed:
    """Look for packages and for model files; imports nothing and reads no weights."""
    missing_files = model_files.missing(artifacts)
    return Installed(
        _missing(LEAN_PACKAGES),
        _missing(FULL_PACKAGES),
        _missing(OCR_PACKAGES),
        missing_files,
        model_files.damage(artifacts) if artifacts is not None and not missing_files else None,
    )


def choose(wanted: DoclingProfile, artifacts: Path | None, installed: Installed) -> Profile:
    """The profile to run.

    `auto` takes the fullest one whose packages and files are all there and whole; where a damaged model file keeps it
    from `full`, it says so on stderr. A profile asked for by name is never replaced by a smaller one: StartupFailed
    says what is missing and the command that gets it.
    """
    if wanted == "none":
        return "none"
    if wanted == "auto":
        if not installed.missing_full and not installed.missing_files:
            if installed.damage is None:
                return "full"
            print(
                f"the full profile is left out: {installed.damage}; fetch the models again with: "
                f"{model_files.fetch_command(artifacts)}",
                file=sys.stderr,
            )
        return "none" if installed.missing_lean else "lean"
    missing = installed.missing_lean if wanted == "lean" else installed.missing_full
    if missing:
        raise StartupFailed(
            f"the {wanted} profile needs {', '.join(missing)}, which the Python environment {sys.prefix} lacks; "
            f"make one with: {install_command(wanted)} (or set TACH_DOCLING_PROFILE=auto)"
        )
    if wanted == "full":
        if artifacts is None:
            raise StartupFailed(
                "the full profile reads its models from the folder that TACH_DOCLING_ARTIFACTS names, "
                f"and it is not set; fetch them with: {model_files.fetch_command(None)} and set it to that folder"
            )
        if installed.missing_files:
            raise StartupFailed(
                f"the full profile's model file {artifacts / installed.missing_files[0]} is missing; "
                f"fetch it with: {model_files.fetch_command(artifacts)}"
            )
        if installed.damage is not None:
            raise StartupFailed(
                f"the full profile's model file {installed.damage}; fetch the models again with: "
                f"{model_files.fetch_command(artifacts)}"
            )
    return wanted


def install_command(profile: Literal["lean", "full"]) -> str:
    """The shell command that gives a Python environment the packages of `profile`."""
    return f"python -m pip install --require-hashes -r pyworker/requirements-{profile}.txt"


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
    """Version of the Docling that is installed, or None.

    Read from the name of its metadata's folder, as installers write it (packaging.python.org, "Recording installed
    projects"): the module that reads all metadata takes a tenth of a worker's start.
    """
    module = importlib.util.find_spec("docling")
    folders = module.submodule_search_locations if module is not None else None
    for folder in folders or ():
        for found in Path(folder).parent.glob("docling_slim-*.dist-info"):
            return found.name.removesuffix(".dist-info").partition("-")[2]
    return None


def _missing(packages: dict[str, str]) -> tuple[str, ...]:
    return tuple(name for module, name in packages.items() if importlib.util.find_spec(module) is None)
