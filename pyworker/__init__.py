"""The Python side of the document worker: runs inside the Rust host or, with `python -m pyworker`, alone."""

__version__ = "0.1.0"
