"""Says where the running interpreter has its executable, shared library and standard library, one per line."""

import os
import sys
import sysconfig
from pathlib import Path

library = Path(sysconfig.get_config_var("LIBDIR")) / sysconfig.get_config_var("INSTSONAME")
executable = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
os.write(1, f"{executable}\n{library}\n{sysconfig.get_path('stdlib')}".encode())
