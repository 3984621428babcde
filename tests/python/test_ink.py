"""What is drawn in the picture of a scan: bands, the rules beside them, and bullets that no text line holds."""

import math

import numpy as np
import pytest
from PIL import Image

from pyworker.engine.ocr.detection import TextBox
from pyworker.engine.ocr.ink import fills_of, free_of_ink, rulings_of
from pyworker.engine.ocr.level import LevelPicture, tilt_of
from pyworker.engine.ocr.lines import FoundLine
from pyworker.engine.ocr.recognition import Recognised
from pyworker.engine.ocr.small_marks import small_marks
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.tilt import Tilt

DPI = 144
"""Two pixels a point."""


def level(grey):
    height, width = grey.shape
    pixels = np.repeat(grey[:, :, None], 3, axis=2)
    return LevelPicture(pixels, Rect(0, 0, width / 2, height / 2), DPI, Tilt())


def page():
    return np.full((800, 1000), 255, dtype=np.uint8)


def test_edges_of_bands_are_no_rules():
    grey = page()
    for row, shade in enumerate((190, 242, 224, 242)):
        grey[100 + 60 * row : 160 + 60 * row, 100:900] = shade
    picture = level(grey)
    fills = fills_of(picture)
    assert sorted(round(fill.rect.top) for fill in fills) == [50, 80, 110, 140]
    assert rulings_of(picture, fills) == []


def test_noise_at_the_edge_of_a_band_does_not_hide_it():
    """Rags under the band have its shade."""
    grey = page()
    grey[100:160, 100:900] = 220
    for left in range(120, 880, 80):
        grey[160:200, left : left + 30] = 220
    (band,) = (fill.rect for fill in fills_of(level(grey)))
    assert list(band) == pytest.approx([50, 50, 450, 80], abs=2)


def test_bands_that_letters_join_are_apart():
    """What smoothing leaves of letters between two bands has their shade, and letters darken a band."""
    grey = page()
    for top in (100, 180, 260):
        grey[top : top + 40, 100:900] = 230
        grey[top + 12 : top + 26, 130:260] = 90
    for left in range(110, 890, 26):
        grey[140:180, left : left + 14] = 230
    bands = sorted((fill.rect for fill in fills_of(level(grey))), key=lambda rect: rect.top)
    assert [round(rect.top) for rect in bands] == pytest.approx([50, 90, 130], abs=1)
    assert all(
        rect.left == pytest.approx(50, abs=2) and rect.height == pytest.approx(20, abs=2) for rect in bands
    )


def test_close_lines_of_letters_are_no_band():
    noise = np.random.default_rng(1).normal(0, 6, (800, 1000))
    grey = 240 + noise
    for top in range(100, 300, 22):
        for left in range(100, 900, 7):
            grey[top : top + 12, left : left + 3] -= 60
    grey[500:560, 100:900] -= 20
    (band,) = (fill.rect for fill in fills_of(level(grey.clip(0, 255).astype("uint8"))))
    assert band.top == pytest.approx(250, abs=2)


def test_the_angle_is_looked_for_further_where_boxes_tell_none():
    """Boxes of short words are upright rectangles."""
    rows = np.full((600, 800), 255, dtype=np.uint8)
    for top in range(40, 560, 30):
        rows[top : top + 8, 100:700:2] = 0
    turned = np.asarray(Image.fromarray(rows).rotate(-1.5, fillcolor=255))
    picture = np.repeat(turned[:, :, None], 3, axis=2)
    corners = np.array([[100, 100], [160, 100], [160, 115], [100, 115]], dtype=np.float32)
    found = tilt_of([TextBox(corners)] * 4, picture, Rect(0, 0, 400, 300))
    assert math.degrees(found.angle) == pytest.approx(1.5, abs=0.15)


def test_a_dark_band_has_edges_and_a_rule_on_a_light_one_is_seen():
    grey = page()
    grey[100:160, 100:900] = 50
    grey[160:300, 100:900] = 230
    grey[228:231, 100:900] = 0
    picture = level(grey)
    levels = {round(rule.at) for rule in rulings_of(picture, fills_of(picture)) if rule.horizontal}
    assert any(abs(at - 80) <= 1 for at in levels)
    assert any(abs(at - 115) <= 1 for at in levels)
    assert not any(abs(at - 150) <= 2 for at in levels)


@pytest.mark.parametrize(("shape", "found"), [("disk", ["•"]), ("ring", []), ("square", [])])
def test_a_disk_beside_a_line_is_a_bullet(shape, found):
    grey = page()
    y, x = np.mgrid[0:800, 0:1000]
    away = np.hypot(x - 600, y - 216)
    inked = {
        "disk": away <= 3.5,
        "ring": (away <= 3.5) & (away >= 2.5),
        "square": np.maximum(abs(x - 600), abs(y - 216)) <= 3,
    }
    grey[inked[shape]] = 0
    grey[210:222, 100:300:6] = 0
    corners = [[100, 200], [300, 200], [300, 232], [100, 232]]
    marks, _ = small_marks(level(grey), [TextBox(np.array(corners, dtype=np.float32))])
    assert [mark.read.text for mark in marks if mark.read is not None and mark.read.text == "•"] == found


def line_with(ink, rule=None, width=400):
    """The picture of a line, 48 pixels high, with ink from pixel to pixel, and a rule across it."""
    picture = np.full((48, width, 3), 235, dtype=np.uint8)
    for left, right in ink:
        picture[14:34, left:right] = 20
    if rule:
        picture[:, rule : rule + 2] = 20
    return picture


@pytest.mark.parametrize("rule", [None, 200], ids=["space", "rule"])
def test_words_that_a_column_gap_parts_end_where_their_ink_does(rule):
    picture = line_with([(10, 30), (34, 54), (300, 320), (324, 344)], rule)
    read = Recognised("ab 12", 1.0, (0.05, 0.11, 0.14, 0.775, 0.835))
    words = FoundLine(read, Rect(0, 0, 400, 48), 0, free_of_ink(picture)).words()
    assert [(text, round(rect.left), round(rect.right)) for text, rect in words] == [
        ("ab", 10, 54),
        ("12", 300, 344),
    ]


def test_what_is_as_far_apart_as_columns_is_two_words_without_a_space():
    picture = line_with([(10, 54), (120, 164)])
    read = Recognised("KG67", 1.0, (0.05, 0.11, 0.325, 0.38))
    found = FoundLine(read, Rect(0, 0, 400, 48), 0, free_of_ink(picture)).words()
    assert [text for text, _ in found] == ["KG", "67"]


def test_words_without_a_look_at_their_ink_part_half_way():
    read = Recognised("ab 12", 1.0, (0.1, 0.2, 0.5, 0.8, 0.9))
    words = FoundLine(read, Rect(0, 0, 100, 48), 0).words()
    assert [(text, round(rect.left), round(rect.right)) for text, rect in words] == [
        ("ab", 0, 35),
        ("12", 65, 100),
    ]
