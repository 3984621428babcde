"""How soon the page of `tach view`, and what comes into sight after a zoom, are on the screen of a Chromium."""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from browsing import PAINTED, chromium, opened, painted, shown
from playwright.sync_api import Browser, Page, Request
from serving import served

RUNNING = """
  const ask = window.fetch;
  window.running = 0;
  window.fetch = (...words) => {
    window.running += 1;
    return ask(...words).finally(() => (window.running -= 1));
  };
"""
"""Counts the requests that wait for their reply."""


def open_time(page: Page, document: Path) -> float:
    """Opens a document by its path. Milliseconds from then on to its first picture."""
    page.locator("#path").fill(str(document))
    began = page.evaluate(
        "() => { window.painted = 0; const now = performance.now();"
        " document.getElementById('path-form').requestSubmit(); return now; }"
    )
    return painted(page) - float(began)


def opened_by_path(browser: Browser, document: Path) -> None:
    """Prints how soon the first picture is there in a page that is shown, with workers that have read a file."""
    with tempfile.TemporaryDirectory() as name, served(Path(name), "--workers", "2") as service:
        copy = shutil.copy(document, service.folder / "copy.pdf")
        page = opened(browser)
        page.add_init_script(PAINTED)
        page.add_init_script(RUNNING)
        page.goto(service.url)
        open_time(page, service.sheet)
        settle(page)
        first = open_time(page, Path(copy))
        settle(page)
        again = open_time(page, Path(copy))
        print(
            f"first page {first:.0f} ms after its document was opened, {again:.0f} ms when it was opened again"
        )
        page.close()


def settle(page: Page) -> None:
    """Waits until nothing is asked for a while."""
    quiet, until, before = 0, time.monotonic() + 120, -1
    while quiet < 3 and time.monotonic() < until:
        page.wait_for_timeout(100)
        now, running = page.evaluate(
            "() => [performance.getEntriesByType('resource').length, window.running]"
        )
        quiet = quiet + 1 if now == before and not running else 0
        before = now


def times(page: Page, url: str) -> None:
    """Prints how soon a page and its tiles are there, from the side of the person who waits."""
    took: list[float] = []

    def ended(request: Request) -> None:
        if request.method == "POST" and request.timing["responseEnd"] > 0:
            took.append(request.timing["responseEnd"] - request.timing["requestStart"])

    page.on("requestfinished", ended)
    page.add_init_script(PAINTED)
    page.add_init_script(RUNNING)
    page.goto(url)
    print(f"first page {painted(page):.0f} ms after the navigation")
    settle(page)
    for step in range(3):
        took.clear()
        if step:
            page.locator("#in").click()
        for corner in ("0, 0", "9e9, 0", "9e9, 9e9", "0, 9e9", "0, 0"):
            page.evaluate(f"() => document.getElementById('viewer').scrollTo({corner})")
            settle(page)
        if not took:
            continue
        half = took[len(took) // 2 :]
        print(
            f"{page.locator('#zoom').inner_text()}: {len(took)} pictures, median {statistics.median(took):.0f} ms, "
            f"the later half {statistics.median(half):.0f} ms, longest {max(took):.0f} ms"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("document", type=Path, help="a document to be timed")
    document = parser.parse_args().document
    with chromium() as browser:
        with shown(document) as (url, _):
            times(opened(browser), url)
        opened_by_path(browser, document)


if __name__ == "__main__":
    main()
