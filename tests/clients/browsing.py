"""A headless Chromium on the page of `tach view`, and when its first picture was on the screen."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright
from serving import tach

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAIT_MS = 600_000
"""Longest wait for anything: a busy machine is no failure of the page."""
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PAINTED = """
  const note = () => setTimeout(() => (window.painted = performance.now()));
  const loaded = (event) => event.target.id === "backdrop" && requestAnimationFrame(note);
  document.addEventListener("load", loaded, true);
"""
"""Notes when the first picture of a page was on the screen, in milliseconds since the navigation."""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """`TACH_CHROMIUM`, else the one that is installed. Raises SystemExit where there is none."""
    found = os.environ.get("TACH_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise SystemExit(
            "there is no Chromium; install it (Debian: apt-get install chromium) or set TACH_CHROMIUM"
        )
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


def painted(page: Page) -> float:
    """Waits for that moment."""
    page.wait_for_function("() => window.painted > 0", timeout=WAIT_MS)
    return float(page.evaluate("() => window.painted"))


@contextlib.contextmanager
def shown(document: Path) -> Iterator[tuple[str, int]]:
    """`tach view` of a document: the address, and the process."""
    service = subprocess.Popen(
        [tach(), "view", str(document), "--no-browser"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert service.stderr is not None
        yield (
            next(line for line in service.stderr if "http://" in line).split("showing ")[1].strip(),
            service.pid,
        )
    finally:
        service.terminate()
        service.wait(60)


def opened(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1400, "height": 900}, locale="en-US")
    page.set_default_timeout(WAIT_MS)
    expect.set_options(timeout=WAIT_MS)
    if os.environ.get("TACH_PAGE_FOLDER"):
        parts = Path(os.environ["TACH_PAGE_FOLDER"])
        # What is being worked on, in the place of what is embedded in the program.
        page.route("**/page/*", lambda route: route.fulfill(path=parts / route.request.url.rsplit("/", 1)[1]))
        page.route(re.compile(r"^http://[^/]+/$"), lambda route: route.fulfill(path=parts / "index.html"))
    return page
