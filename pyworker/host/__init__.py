"""The asyncio host: lines in, checked requests, reply lines out."""
