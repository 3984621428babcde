"""Displayed-page points, PDF page points, pixels, and the ways between them."""

import pytest

from pyworker import errors
from pyworker.engine.pdf.geometry import PageGeometry, Rect, pixels


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("unit", [1.0, 2.5])
def test_points_go_there_and_back(rotation, unit):
    box = (10.0, 20.0, 110.0, 70.0)
    width, height = (100.0, 50.0) if rotation % 180 == 0 else (50.0, 100.0)
    page = PageGeometry(width * unit, height * unit, rotation, box, unit)
    upper_left = {0: (10, 70), 90: (10, 20), 180: (110, 20), 270: (110, 70)}[rotation]
    assert page.to_displayed(*upper_left) == (0, 0)
    assert page.rect_to_displayed(10, 20, 110, 70) == Rect(0, 0, page.width, page.height)
    assert page.rect_to_displayed(110, 70, 10, 20) == Rect(0, 0, page.width, page.height)
    for point in ((10.0, 20.0), (63.5, 41.25), (110.0, 70.0), (-5.0, 300.0)):
        there = page.to_displayed(*point)
        assert page.to_page(*there) == pytest.approx(point)


def test_clip_and_wire():
    page = PageGeometry(200.0, 100.0, 0, (0.0, 0.0, 200.0, 100.0), 1.0)
    assert page.clip([10, 20, 30, 40], "TOPLEFT") == Rect(10, 20, 40, 60)
    assert page.clip([10, 20, 30, 40], "BOTTOMLEFT") == Rect(10, 40, 40, 80)
    assert page.clip([-10, 90, 30, 40], "TOPLEFT") == Rect(0, 90, 20, 100)
    assert page.to_wire(Rect(10, 40, 40, 80), "BOTTOMLEFT") == [10, 20, 30, 40]
    for bbox in ([200, 0, 1, 1], [0, 100, 1, 1], [-1, 0, 1, 1], [1e300, 0, 1e300, 1], [-1e308, 0, 1, 1]):
        with pytest.raises(errors.BboxOutOfPage):
            page.clip(bbox, "TOPLEFT")


def test_pixels():
    assert [pixels(points, 72) for points in (0.2, 0.5, 1.49, 1.5, 2.5)] == [1, 1, 1, 2, 3]
    assert pixels(50, 150) == 104
