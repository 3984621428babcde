"""Whether a process can still read what the worker writes."""

from __future__ import annotations

import asyncio
import select

LOOK_S = 0.25
"""How often it is looked whether the peer still reads."""


async def until_no_reader(descriptor: int) -> None:
    """Returns once no process can read from the pipe that `descriptor` writes to.

    Never returns where the system has no `poll` (Windows): there only a closed stdin tells.
    """
    if not hasattr(select, "poll"):
        await asyncio.Event().wait()
    poll = select.poll()
    poll.register(descriptor, 0)
    while not any(events & select.POLLERR for _, events in poll.poll(0)):
        await asyncio.sleep(LOOK_S)
