"""`python -m pyworker`: the worker without the Rust host, on this process's stdin and stdout."""

from __future__ import annotations

import sys

USAGE = """\
usage: python -m pyworker [--help] [--version]

Answers requests on stdin with replies on stdout, one JSON object a line (docs/protocol.md).

exit codes: 0 graceful stop, 64 bad arguments, 70 internal error, 78 self-check failed,
            124 wedged after a deadline, 137 hard memory limit
"""


def run(arguments: list[str]) -> int:
    """Does what the command line asks for; returns the exit code."""
    if arguments in (["--help"], ["-h"]):
        sys.stdout.write(USAGE)
        return 0
    if arguments in (["--version"], ["-V"]):
        from pyworker import __version__

        sys.stdout.write(f"pyworker {__version__}\n")
        return 0
    if arguments:
        sys.stderr.write(f"pyworker: unexpected argument {arguments[0]}\n{USAGE}")
        from pyworker.limits import ExitCode

        return ExitCode.BAD_ARGUMENTS
    from pyworker.host import stdio

    # Before anything else is imported: an import may print.
    requests, replies = stdio.take_over()
    from pyworker.main import main

    return main(requests, replies)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
