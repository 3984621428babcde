"""Opens Windows' desktop, says so, and keeps it open until stdin ends."""

import ctypes
import sys

if sys.platform == "win32":
    ctypes.windll.user32.GetDesktopWindow()
print("open", flush=True)
sys.stdin.read()
