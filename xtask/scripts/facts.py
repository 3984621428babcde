"""Says what the interpreter that runs this is: one `key=value` a line, in UTF-8. Runs on Python 2 too.

In a virtual environment it speaks of the interpreter that the environment was made from. `library` is the shared
library to embed: on Windows a DLL, on macOS perhaps a framework, elsewhere the file that the linker is given.
"""

import os
import platform
import struct
import sys
import sysconfig


def importable(name):
    try:
        __import__(name)
        return 1
    except ImportError:
        return 0


def library():
    base = getattr(sys, "base_prefix", sys.prefix)
    name = sysconfig.get_config_var("LDLIBRARY") or ""
    if os.name == "nt":
        name = "python%d%d.dll" % sys.version_info[:2]
        folders = [base]
    elif sysconfig.get_config_var("PYTHONFRAMEWORK"):
        folders = [sysconfig.get_config_var("PYTHONFRAMEWORKPREFIX") or ""]
    elif sysconfig.get_config_var("Py_ENABLE_SHARED"):
        folders = [sysconfig.get_config_var("LIBDIR") or "", os.path.join(base, "lib")]
    else:
        return "", ""
    paths = [os.path.join(folder, name) for folder in folders]
    return name, ([path for path in paths if os.path.isfile(path)] + [""])[0]


name, path = library()
facts = [
    ("implementation", platform.python_implementation()),
    ("version", "%d.%d.%d" % sys.version_info[:3]),
    ("level", sys.version_info[3]),
    ("bits", 8 * struct.calcsize("P")),
    ("free_threaded", int(bool(sysconfig.get_config_var("Py_GIL_DISABLED")))),
    ("executable", os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)),
    ("library_name", name),
    ("library", path),
    ("venv", importable("venv")),
    ("ensurepip", importable("ensurepip")),
]
text = "".join("%s=%s\n" % fact for fact in facts)
os.write(1, text if isinstance(text, bytes) else text.encode("utf-8"))
