"""The page of `tach view` in headless Chromium: opened, zoomed, dragged over and saved from.

Exits with 0 where everything holds.
"""

from __future__ import annotations

import argparse
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

from browsing import PAINTED, WAIT_MS, chromium, opened, painted, shown
from PIL import Image
from playwright.sync_api import Page, expect
from serving import SHEET, tach

TITLE = (753.0, 32.0, 399.0, 24.0)
"""The box of a heading on the sheet's first page, in points."""
PAGE_WIDTH = 1190.55
"""Of the sheet, in points."""


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


def layered() -> bytes:
    """A page with a red square on the layer `Walls` and a green one on `Pipes`, which is switched off."""
    content = b"/OC /W BDC 1 0 0 rg 20 100 60 60 re f EMC /OC /P BDC 0 1 0 rg 120 100 60 60 re f EMC"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/OCProperties<</OCGs[5 0 R 6 0 R]/D<</OFF[6 0 R]>>>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources 7 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/OCG/Name(Walls)>>",
        b"<</Type/OCG/Name(Pipes)>>",
        b"<</Properties<</W 5 0 R/P 6 0 R>>>>",
    ]
    text, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 8\n0000000000 65535 f \n%strailer\n<</Size 8/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return text + end % (table, len(text))


def colours(page: Page) -> list[list[int]]:
    """The pixels of the crop in the middle of either square."""
    return page.locator("#crop").evaluate(
        """async (image) => {
          await image.decode();
          const [width, height] = [image.naturalWidth, image.naturalHeight];
          const canvas = Object.assign(document.createElement("canvas"), { width, height });
          const context = canvas.getContext("2d");
          context.drawImage(image, 0, 0);
          const at = (part) => context.getImageData(part * width, 0.35 * height, 1, 1).data;
          return [0.25, 0.75].map((part) => [...at(part).slice(0, 3)]);
        }"""
    )


def check_layers(page: Page, folder: Path) -> None:
    """Layers are switched, and the crop, its JSON and the command say so."""
    (folder / "layers.pdf").write_bytes(layered())
    page.locator("#upload").set_input_files(folder / "layers.pdf")
    expect(page.locator("#count")).to_have_text("/ 1", timeout=WAIT_MS)
    page.locator("#layers summary").click()
    expect(page.get_by_label("Walls")).to_be_checked()
    expect(page.get_by_label("Pipes")).not_to_be_checked()
    for name, value in zip(("x", "y", "width", "height"), (0, 0, 200, 200), strict=True):
        page.locator(f"#box-{name}").fill(str(value))
    page.locator("#box-form button").click()
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT_MS)
    assert "layers" not in page.locator("#json").inner_text()
    red, green, white = [255, 0, 0], [0, 255, 0], [255, 255, 255]
    assert colours(page) == [red, white]
    for label, expected in (("Pipes", [red, green]), ("Walls", [white, green])):
        page.get_by_label(label).click()
        page.wait_for_function("() => document.getElementById('status').textContent !== 'Ready'")
        expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT_MS)
        assert colours(page) == expected, (label, colours(page))
    assert json.loads(page.locator("#json").inner_text())["layers"] == ["Pipes"]
    assert "--layer Pipes" in page.locator("#command").inner_text()
    page.locator("#layers summary").click()


def check(page: Page, url: str, service: int, folder: Path, screenshot: str | None) -> None:
    elsewhere: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    commands: list[str] = []
    page.on("request", lambda request: commands.append(request.url) if request.method == "POST" else None)
    page.add_init_script(PAINTED)
    page.goto(url)
    print(f"first page on screen {painted(page):.0f} ms after the navigation")
    # The picture is asked for without waiting for what is known of the document.
    assert "/extract_evidence?" in commands[0], commands
    assert "token" not in page.url, "the token stays in the address"
    expect(page.locator("#count")).to_have_text("/ 2")
    page.wait_for_function("() => document.querySelectorAll('#tiles img').length > 0")

    # All tiles in sight come as one picture; those that were there stay until the new ones have come.
    assert page.locator("#tiles img").count() == 1
    page.locator("#tiles img").evaluate("(tile) => { tile.dataset.before = 'yes'; }")
    began = time.monotonic()
    page.locator("#in").click(click_count=3)
    assert page.locator("#tiles img").count() >= 1
    page.wait_for_function("() => document.querySelector('#tiles img:not([data-before])')?.naturalWidth > 0")
    expect(page.locator("#tiles img[data-before]")).to_have_count(0)
    print(f"first tile after a zoom: {(time.monotonic() - began) * 1000:.0f} ms")
    drag(page, TITLE)
    expect(page.locator("#text")).to_contain_text("BILL OF QUANTITIES", timeout=WAIT_MS)
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT_MS)
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
    expect(page.locator("#table table")).to_have_count(1, timeout=WAIT_MS)
    assert page.locator("#table tr").count() > 3
    expect(page.locator("#status")).to_have_text("Ready", timeout=WAIT_MS)
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
    subprocess.run([tach(), "crop", str(SHEET), *words], check=True, stdout=subprocess.DEVNULL)
    same = Image.open(folder / "same.png").convert("RGB")
    assert shown.size == same.size and shown.tobytes() == same.tobytes(), (shown.size, same.size)

    page.get_by_label("Tables").check()
    expect(page.locator("#marks rect.tables").first).to_be_attached(timeout=WAIT_MS)
    page.get_by_label("Structure", exact=True).check()
    expect(page.locator("#marks rect.structure").first).to_be_attached(timeout=WAIT_MS)
    if screenshot:
        page.get_by_label("Structure", exact=True).uncheck()
        page.locator("#fit").click()
        page.locator("aside").evaluate("(aside) => aside.scrollTo(0, 0)")
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
    expect(page.locator("#text")).to_contain_text("BILL OF QUANTITIES", timeout=WAIT_MS)

    check_layers(page, folder)
    assert complaints == [], complaints
    assert all(address.startswith((url.split("#")[0], "blob:")) for address in elsewhere), elsewhere

    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    page.locator("#upload").set_input_files(folder / "broken.pdf")
    expect(page.locator("#status")).to_contain_text("pdf_corrupt", timeout=WAIT_MS)
    assert "tach-serve-" not in page.content()
    page.locator("#upload").set_input_files(SHEET)
    expect(page.locator("#count")).to_have_text("/ 2", timeout=WAIT_MS)
    page.wait_for_function("() => document.getElementById('backdrop').naturalWidth > 0")
    for worker in workers_of(service):
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    drag(page, TITLE)
    expect(page.locator("#text")).to_contain_text("BILL OF QUANTITIES", timeout=WAIT_MS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screenshot", help="a PNG of the sample with what was found on it")
    screenshot = parser.parse_args().screenshot
    with tempfile.TemporaryDirectory() as name, shown(SHEET) as (url, service), chromium() as browser:
        check(opened(browser), url, service, Path(name), screenshot)
        print("the page does what it must")
    return 0


if __name__ == "__main__":
    sys.exit(main())
