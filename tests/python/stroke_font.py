"""Letters of single strokes, as CAD programs plot them: each stroke is a path of its own, and the PDF has no text."""

from __future__ import annotations

HEIGHT, ADVANCE = 6.0, 6.0
"""Of a capital, and from one letter to the next, in the units of GLYPHS."""

GLYPHS = {
    "A": "00 26 40|12 32",
    "B": "00 06 36 45 44 33 03|33 42 41 30 00",
    "C": "45 36 16 05 01 10 30 41",
    "D": "00 06 26 44 42 20 00",
    "E": "46 06 00 40|03 33",
    "F": "46 06 00|03 33",
    "G": "45 36 16 05 01 10 30 41 43 23",
    "H": "00 06|40 46|03 43",
    "I": "10 30|20 26|16 36",
    "J": "46 41 30 10 01",
    "K": "00 06|46 02|13 40",
    "L": "06 00 40",
    "M": "00 06 23 46 40",
    "N": "00 06 40 46",
    "O": "10 01 05 16 36 45 41 30 10",
    "P": "00 06 36 45 44 33 03",
    "R": "00 06 36 45 44 33 03|23 40",
    "S": "45 36 16 05 04 13 33 42 41 30 10 01",
    "T": "06 46|26 20",
    "U": "06 01 10 30 41 46",
    "V": "06 20 46",
    "W": "06 10 24 30 46",
    "X": "00 46|06 40",
    "Y": "06 23 46|23 20",
    "Z": "06 46 00 40",
    "0": "10 01 05 16 36 45 41 30 10",
    "1": "05 26 20|00 40",
    "2": "05 16 36 45 44 00 40",
    "3": "05 16 36 45 44 33 13|33 42 41 30 10 01",
    "4": "30 36 02 42",
    "5": "46 06 03 33 42 41 30 10 01",
    "6": "45 36 16 05 01 10 30 41 42 33 13 02",
    "7": "06 46 10",
    "8": "13 04 05 16 36 45 44 33 13 02 01 10 30 41 42 33",
    "9": "44 33 13 04 05 16 36 45 41 30 10 01",
    "-": "13 33",
    ".": "20 21",
    ":": "20 21|24 25",
    "/": "00 46",
}


def stroked(x: float, y: float, text: str, height: float, *, upwards: bool = False) -> str:
    """Page content that draws `text` from the point (x, y), its baseline's beginning, with capitals `height` high."""
    unit = height / HEIGHT
    parts = []
    for number, letter in enumerate(text):
        for stroke in GLYPHS[letter].split("|") if letter != " " else ():
            points = []
            for point in stroke.split():
                along, up = unit * (int(point[0]) + ADVANCE * number), unit * int(point[1])
                points.append((x - up, y + along) if upwards else (x + along, y + up))
            line = " ".join(f"{a:.2f} {b:.2f} l" for a, b in points[1:])
            parts.append(f"{points[0][0]:.2f} {points[0][1]:.2f} m {line} S")
    return "\n".join(parts)


def stroked_width(text: str, height: float) -> float:
    """How far `text` reaches."""
    return len(text) * ADVANCE * height / HEIGHT
