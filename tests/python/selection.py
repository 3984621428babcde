"""Which tests apply here, and what a skipped one means.

A test of another system, or of the shared corpus where none lies beside the project, is deselected. A skipped test then
always means that something is missing on this machine: the last lines name it, and where TACH_NO_SKIP is set, as in CI,
the run fails.
"""

from __future__ import annotations

import os
import sys

import pytest
from hosts import ROOT

SHARED = ROOT.parent / "shared" / "corpus"
SYSTEM = "windows" if sys.platform == "win32" else "unix"


def pytest_configure(config: pytest.Config) -> None:
    """Declares the markers."""
    config.addinivalue_line("markers", "system(name, reason): applies to `unix` or to `windows` alone")
    config.addinivalue_line("markers", "shared: reads the shared corpus beside the project")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Takes out what does not apply."""
    others = [item for item in items if not _applies(item)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if _applies(item)]


def _applies(item: pytest.Item) -> bool:
    if any(mark.args[0] != SYSTEM for mark in item.iter_markers("system")):
        return False
    return SHARED.is_dir() or item.get_closest_marker("shared") is None


def pytest_terminal_summary(terminalreporter) -> None:
    """Says why tests were skipped."""
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.write_line(f"skipped {report.nodeid}: {reason}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails a run that skipped a test, where that is asked for. Wine skips a few: docs/windows.md lists them."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    wanted = SYSTEM == "unix" and os.environ.get("TACH_NO_SKIP") == "1"
    if skipped and wanted and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
