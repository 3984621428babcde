"""The full profile's model files: where they lie, and whether they are whole, looked at without loading them."""

from __future__ import annotations

import json
import shutil
import struct
import sysconfig
from pathlib import Path

# The folder names are those that `docling-tools models download` writes and Docling reads (its
# `artifacts_path`).
LAYOUT_FOLDER = "docling-project--docling-layout-heron"
TABLEFORMER_FOLDER = "docling-project--docling-models/model_artifacts/tableformer/accurate"
FILES = (
    f"{LAYOUT_FOLDER}/config.json",
    f"{LAYOUT_FOLDER}/preprocessor_config.json",
    f"{LAYOUT_FOLDER}/model.safetensors",
    f"{TABLEFORMER_FOLDER}/tm_config.json",
    f"{TABLEFORMER_FOLDER}/tableformer_accurate.safetensors",
)
MAX_HEADER = 100_000_000
"""Bytes of a safetensors header, the format's own limit."""


def fetch_command(artifacts: Path | None) -> str:
    """The shell command that downloads the models; the worker itself never does."""
    folder = f'"{artifacts}"' if artifacts is not None else "FOLDER"
    # The environment need not be activated: its own copy of the tool is named.
    tool = shutil.which("docling-tools", path=sysconfig.get_path("scripts")) or "docling-tools"
    if " " in tool:
        tool = f'"{tool}"'
    return f"{tool} models download -o {folder} layout tableformer"


def missing(artifacts: Path | None) -> tuple[str, ...]:
    """The files that are not there, relative to the folder."""
    return tuple(name for name in FILES if artifacts is None or not (artifacts / name).is_file())


def damage(artifacts: Path) -> str | None:
    """What is wrong with the first file that is not whole: its path and the reason; None where all are.

    Reads JSON files and the headers of weights: an interrupted or exchanged download shows, flipped bits in weights do
    not.
    """
    for name in FILES:
        path = artifacts / name
        try:
            if path.suffix == ".json":
                json.loads(path.read_bytes())
            else:
                _check_weights(path)
        except (OSError, ValueError) as error:
            return f"{path} is damaged ({error})"
    return None


def _check_weights(path: Path) -> None:
    """Raises ValueError unless the file is as long as its safetensors header says."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 0 < length <= min(MAX_HEADER, size - 8):
            raise ValueError("no safetensors header")
        header = json.loads(file.read(length))
    try:
        end = max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__")
    except (AttributeError, KeyError, IndexError, TypeError) as error:
        raise ValueError("no list of tensors in its header") from error
    if 8 + length + end != size:
        raise ValueError(f"{size} bytes instead of {8 + length + end}")
