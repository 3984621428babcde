"""Tables: `parse_table` and the engines behind it."""

from pyworker.engine.tables.request import parse_table

__all__ = ["parse_table"]
