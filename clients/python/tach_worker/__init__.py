"""Crops, tables, text and OCR of documents by `tach`: workers of this machine, or a service."""

from .client import Client, picture
from .errors import TachError
from .http import Remote
from .stdio import Local

__all__ = ["Client", "Local", "Remote", "TachError", "picture"]
__version__ = "0.1.0"
