"""Unpacks a zip file of our own as `unzip` does, with the rights of files on Unix: `unpack.py ZIP FOLDER`."""

import sys
import zipfile
from pathlib import Path

source, folder = map(Path, sys.argv[1:])
with zipfile.ZipFile(source) as archive:
    for member in archive.infolist():
        path = Path(archive.extract(member, folder))
        if not member.is_dir():
            path.chmod(member.external_attr >> 16 & 0o777 or 0o644)
