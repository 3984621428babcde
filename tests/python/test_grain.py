"""Lines are looked for only where something stands out from the grain of the paper, and without new memory for each
layer of the model.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab import __file__ as reportlab_file
from text_pages import picture_pdf, plenty

from pyworker.engine.ocr.detection import Detector
from pyworker.engine.ocr.grain import stands_out
from pyworker.engine.ocr.models import RECOGNITION, RecognitionModel, bundled
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.process.memory_monitor import map_large_blocks

FONT = str(Path(reportlab_file).parent / "fonts" / "Vera.ttf")
SIZE = (620, 320)
DPI = 200.0
PAPER = 200
LINE = Rect(60.0, 40.0, 330.0, 75.0)
"""Around the line of text that `picture` draws."""


def picture(ink=None, grain=0.0, shadow=0.0, size=SIZE, height=22) -> Image.Image:
    """Grey paper with white noise of deviation `grain`, darker by `shadow` at one side; text of shade `ink`."""
    image = Image.new("L", size, PAPER)
    if ink is not None:
        ImageDraw.Draw(image).text(
            (65, 44), "Sheet 12 of the set", font=ImageFont.truetype(FONT, height), fill=ink
        )
    pixels = np.asarray(image, dtype=np.float32)
    pixels = pixels + np.random.default_rng(3).normal(0.0, grain, pixels.shape)
    pixels -= np.linspace(0.0, shadow, size[0], dtype=np.float32)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).convert("RGB")


def shows(image: Image.Image, known=()) -> bool:
    return stands_out(np.asarray(image), known)


@pytest.mark.parametrize("grain", [0.0, 2.0, 8.0, 30.0, 60.0])
def test_grain_alone_does_not_stand_out_and_a_line_does(grain):
    assert not shows(picture(None, grain))
    assert not shows(picture(None, grain, shadow=15.0))
    # Barely to be seen by eye in the coarser ones.
    faint = max(10, round(1.5 * grain))
    assert shows(picture(PAPER - faint, grain))
    assert shows(picture(PAPER - faint, grain), [LINE._replace(left=LINE.left + 150)])
    assert not shows(picture(PAPER - faint, grain), [LINE])


@pytest.mark.parametrize("grain", [0.0, 8.0])
def test_what_is_smallest_stands_out(grain):
    image = picture(None, grain)
    ImageDraw.Draw(image).text((300, 200), "7", font=ImageFont.truetype(FONT, 8), fill=(90, 90, 90))
    assert shows(image)
    shades = Image.new("RGB", SIZE, (PAPER, 150, 150))
    # As bright in the middle channel as the paper.
    ImageDraw.Draw(shades).text((300, 200), "red", font=ImageFont.truetype(FONT, 12), fill=(255, 150, 90))
    assert shows(shades)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (2, 3)])
def test_slivers_are_looked_at(size):
    sliver = Image.new("RGB", size, (PAPER, PAPER, PAPER))
    assert not shows(sliver)
    if max(size) == 40:
        sliver.putpixel((size[0] // 2, size[1] // 2), (0, 0, 0))
        assert shows(sliver)


def test_a_page_full_of_text_stands_out():
    image = picture(None, 8.0)
    for row in range(20):
        text = (
            "All the letters of a page that is full of them, line after line after line after line after line"
        )
        ImageDraw.Draw(image).text((2, 16 * row), text, font=ImageFont.truetype(FONT, 14), fill=(60, 60, 60))
    assert shows(image)


def test_lines_are_looked_for_as_often_as_there_is_something_to_find(read, monkeypatch):
    looks = []
    find = Detector.find

    def counted(detector, pixels, context):
        looks.append(pixels.shape)
        return find(detector, pixels, context)

    monkeypatch.setattr(Detector, "find", counted)
    assert read(picture_pdf(picture(None, 40.0), DPI))["lines"] == []
    assert looks == []
    assert read(picture_pdf(picture(20, 8.0), DPI))["text"] == "Sheet 12 of the set"
    assert len(looks) == 1
    looks.clear()
    drawn = picture(20, 8.0)
    ImageDraw.Draw(drawn).ellipse((380, 160, 520, 280), outline=(0, 0, 0), width=3)
    assert "Sheet 12 of the set" in read(picture_pdf(drawn, DPI))["text"]
    assert len(looks) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="counts the pages of memory that Linux hands out")
def test_models_take_little_new_memory_and_keep_none():
    # In a process of its own: what other tests have started takes memory at the same time.
    code = "import json, test_grain; print(json.dumps(test_grain.new_memory()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        timeout=120,
        check=True,
    )
    for (handed_out, kept), most in zip(json.loads(done.stdout), (150e6, 80e6), strict=True):
        assert handed_out < most
        assert kept < 30e6


def new_memory() -> list[tuple[int, int]]:
    """Bytes that each model's second run was given and kept: the detector's, then the reader's."""
    import resource

    page = np.asarray(picture(20, 8.0, size=(832, 608)))
    line = np.asarray(picture(20, 8.0, size=(1400, 60)))
    map_large_blocks()
    detector, reader = Detector(2), RecognitionModel(bundled(RECOGNITION), 2)
    found = []
    for work in (lambda: detector.find(page, plenty()), lambda: reader.recognise(line, plenty())):
        work()
        before, handed_out = resident(), resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        work()
        handed_out = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - handed_out
        size = resource.getpagesize()
        found.append((handed_out * size, (resident() - before) * size))
    return found


def resident() -> int:
    """Pages of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1])
