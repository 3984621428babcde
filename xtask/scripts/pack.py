"""Packs a folder, under its own name, into a zip file: `pack.py FOLDER ZIP`. The rights of files on Unix are kept."""

import sys
import zipfile
from pathlib import Path

folder, target = map(Path, sys.argv[1:])
with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            archive.write(path, path.relative_to(folder.parent))
