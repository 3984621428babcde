"""schemathesis asks a running service everything that /openapi.json describes: no 5xx, no answer outside the schema.

What follows the name of the program goes to schemathesis, such as `--max-examples 500`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from serving import served

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
WORKERS = ["--workers", "2", "--spares", "1"]
"""A request whose deadline is a millisecond may end its worker; another is there."""
# One thread: with two, `ast.parse` of Python 3.11.7, which hypothesis calls, fails now and then ("depth mismatch").
SETTINGS = ["--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--seed", "1", "--workers", "1"]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), *WORKERS) as service:
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "run",
            f"{service.url}/openapi.json",
            "--checks",
            CHECKS,
        ]
        environment = os.environ | {
            "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("schemathesis_hooks.py"))
        }
        settings = [*SETTINGS, "--suppress-health-check", "all", "--request-timeout", "60", "--no-color"]
        return subprocess.run(
            [*command, *settings, *sys.argv[1:]], env=environment, cwd=folder, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
