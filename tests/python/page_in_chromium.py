"""The page of `tach view` in headless Chromium: opened, zoomed, dragged over and saved from.


usage: page_in_chromium.py TACH CHROMIUM [SCREENSHOT], with `playwright` installed. Exits with 0 where everything holds.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

SHEET = Path(__file__).parents[2] / "docs/sample/engineering_sheet.pdf"
TITLE = (753.0, 32.0, 399.0, 24.0)
"""The box of a heading on the sheet's first page, in points."""
PAGE_WIDTH = 1190.55
"""Of the sheet, in points."""
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def drag(page: Page, box: tuple[float, float, float, float]) -> None:
    """Drag a box given in points over the page, wherever it is on the screen."""
    scale = page.locator("#sheet").evaluate(
        "(sheet, [x, y, width]) => { const scale = sheet.clientWidth / width;"
        " document.getElementById('viewer').scrollTo(x * scale - 80, y * scale - 80); return scale; }",
        [box[0], box[1], PAGE_WIDTH],
    )
    frame = page.locator("#sheet").bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + box[0] * scale, frame["y"] + box[1] * scale)
    page.mouse.down()
    page.mouse.move(frame["x"] + (box[0] + box[2]) * scale, frame["y"] + (box[1] + box[3]) * scale, steps=4)
    page.mouse.up()


def box_of(page: Page) -> list[float]:
    return [float(page.locator(f"#box-{name}").input_value()) for name in ("x", "y", "width", "height")]


def workers_of(process: int) -> list[int]:
    """Processes of tach-host-shim that `process` started."""
    children = Path(f"/proc/{process}/task").glob("*/children")
    ids = [int(child) for listed in children for child in listed.read_text().split()]
    return [child for child in ids if b"tach-host-shim" in Path(f"/proc/{child}/cmdline").read_bytes()]


def check(page: Page, url: str, tach: str, service: int, folder: Path, screenshot: str | None) -> None:
    elsewhere: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    began = time.monotonic()
    page.goto(url)
    page.wait_for_function("() => document.getElementById('backdrop').naturalWidth > 0")
    print(f"first page on screen after {time.monotonic() - began:.2f} s")
    assert "token" not in page.url, "the token stays in the address"
    expect(page.locator("#count")).to_have_text("/ 2")
    page.wait_for_function("() => document.querySelectorAll('#tiles img').length > 0")

    page.locator("#in").click(click_count=3)
    began = time.monotonic()
    page.wait_for_function(
        "() => [...document.querySelectorAll('#tiles img')].some((tile) => tile.naturalWidth > 0)"
    )
    print(f"first tile after a zoom: {(time.monotonic() - began) * 1000:.0f} ms")
    drag(page, TITLE)
    expect(page.locator("#text")).to_contain_text("BILL OF QUANTITIES", timeout=30_000)
    expect(page.locator("#status")).to_have_text("Ready", timeout=30_000)
    box = box_of(page)
    assert all(abs(one - other) < 4 for one, other in zip(box, TITLE, strict=True)), box
    command = page.locator("#command").inner_text()
    assert command.startswith("tach crop ") and ",".join(f"{value:g}" for value in box[:1]) in command, (
        command
    )

    page.locator("#keep").click()
    expect(page.locator("#list li")).to_have_count(1)
    page.locator("#list input").fill("tiêu đề")
    drag(page, (754, 59, 397, 297))
    expect(page.locator("#table table")).to_have_count(1, timeout=60_000)
    assert page.locator("#table tr").count() > 3
    expect(page.locator("#status")).to_have_text("Ready", timeout=30_000)
    page.locator("#keep").click()
    expect(page.locator("#list li")).to_have_count(2)
    page.locator("#list li").nth(1).get_by_role("button", name="Move up").click()
    with page.expect_download() as download:
        page.locator("#zip").click()
    with zipfile.ZipFile(download.value.path()) as saved:
        assert saved.testzip() is None
        told = json.loads(saved.read("evidence.json"))
        assert [entry["name"] for entry in told] == ["2", "tiêu đề"], told
        assert told[1]["sha256"] == hashlib.sha256(SHEET.read_bytes()).hexdigest()
        assert told[1]["page_index"] == 0 and told[1]["bbox"] == box
        shown = Image.open(io.BytesIO(saved.read(told[1]["picture"]))).convert("RGB")
    # The picture is the one that the command shown cuts.
    words = ["--page", "1", "--bbox", ",".join(map(str, box)), "--dpi", "150", "-o", str(folder / "same.png")]
    subprocess.run([tach, "crop", str(SHEET), *words], check=True, stdout=subprocess.DEVNULL)
    same = Image.open(folder / "same.png").convert("RGB")
    assert shown.size == same.size and shown.tobytes() == same.tobytes(), (shown.size, same.size)

    page.get_by_label("Tables").check()
    expect(page.locator("#marks rect.tables").first).to_be_attached(timeout=60_000)
    page.get_by_label("Structure", exact=True).check()
    expect(page.locator("#marks rect.structure").first).to_be_attached(timeout=60_000)
    if screenshot:
        page.locator("#fit").click()
        page.wait_for_timeout(2000)
        page.screenshot(path=screenshot)
    page.keyboard.press("PageDown")
    expect(page.locator("#page")).to_have_value("2")
    page.locator("#language").click()
    expect(page.locator("#fit")).to_have_text("Vừa khung")
    page.locator("#language").click()

    # A box can be typed: nothing needs a mouse.
    page.locator("#previous").click()
    expect(page.locator("#page")).to_have_value("1")
    for name, value in zip(("x", "y", "width", "height"), TITLE, strict=True):
        page.locator(f"#box-{name}").fill(str(value))
    page.locator("#box-form button").click()
    expect(page.locator("#text")).to_contain_text("BILL OF QUANTITIES", timeout=30_000)

    assert complaints == [], complaints
    assert all(address.startswith((url.split("#")[0], "blob:")) for address in elsewhere), elsewhere

    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    page.locator("#upload").set_input_files(folder / "broken.pdf")
    expect(page.locator("#status")).to_contain_text("pdf_corrupt", timeout=30_000)
    assert "tach-serve-" not in page.content()
    page.locator("#upload").set_input_files(SHEET)
    page.wait_for_function("() => document.getElementById('backdrop').naturalWidth > 0")
    for worker in workers_of(service):
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    drag(page, TITLE)
    expect(page.locator("#text")).to_contain_text("BILL OF QUANTITIES", timeout=60_000)


def main() -> int:
    tach, chromium, *rest = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        command = [tach, "view", str(SHEET), "--no-browser"]
        service = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            assert service.stderr is not None
            url = next(line for line in service.stderr if "http://" in line).split("showing ")[1].strip()
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=chromium, args=QUIET)
                page = browser.new_page(viewport={"width": 1400, "height": 900}, locale="en-US")
                if os.environ.get("TACH_PAGE_FOLDER"):
                    parts = Path(os.environ["TACH_PAGE_FOLDER"])
                    page.route(
                        "**/page/*",
                        lambda route: route.fulfill(path=parts / route.request.url.rsplit("/", 1)[1]),
                    )
                check(page, url, tach, service.pid, Path(name), rest[0] if rest else None)
                browser.close()
        finally:
            service.terminate()
            service.wait(60)
    print("the page does what it must")
    return 0


if __name__ == "__main__":
    sys.exit(main())
