"""Tesseract as a reader of text lines, for the languages whose letters the bundled OCR model lacks.

The program is in the package tesserocr; a language is there when its `.traineddata` file is in one of
`tessdata_folders`. Nothing is downloaded.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyworker.engine.ocr.languages import TESSERACT_NAMES, base_code, written_in_latin
from pyworker.engine.ocr.pace import Pace
from pyworker.engine.ocr.recognition import Recognised
from pyworker.errors import EngineUnavailable

if TYPE_CHECKING:
    from pyworker.context import RequestContext

LINE_HEIGHT = 40
"""Pixels that a line is scaled to: as good as larger ones, and faster (docs/benchmarks.md)."""
BLUR, SHARPER = 1.5, 1.0
"""Pixels, and the share of what is finer than that which is added: scans blur the accents of small letters."""
DOUBTFUL = 0.85
MAX_WIDTH = 4096
NOMINAL_DPI = 300
"""Tesseract guesses, with a warning, where it is told nothing; a line alone does not depend on it."""
RULINGS = frozenset("|_¦")
SUFFIX = ".traineddata"
ADDED_FOLDER = "tessdata"
BUNDLED_FOLDER = Path(__file__).with_name("tessdata")
INSTALL_PACKAGE = "install it with: python -m pip install --require-hashes -r pyworker/requirements-lean.txt"
BUILD_PACKAGE = (
    "there is no wheel of it for this system; with Tesseract's headers there (macOS: brew install tesseract), "
    "python -m pip install tesserocr builds it"
)

# Where the packages of Tesseract put their data: Debian and Ubuntu, Fedora and Arch, Homebrew and MacPorts.
_UNIX_FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
    "/opt/local/share/tessdata",
)


def tessdata_folders(artifacts: Path | None) -> list[Path]:
    """The folders that language files are looked for in, the first one first; only those that are there.

    `tessdata` of TACH_DOCLING_ARTIFACTS, then TESSDATA_PREFIX (the folder itself, or the one that holds a
    `tessdata`), then where the system's packages put them, and last this package's own folder, which has Vietnamese.
    """
    folders = [artifacts / ADDED_FOLDER] if artifacts is not None else []
    named = os.environ.get("TESSDATA_PREFIX")
    if named:
        folders += [Path(named), Path(named) / "tessdata"]
    if sys.platform == "win32":
        for variable, below in (
            ("ProgramFiles", "Tesseract-OCR"),
            ("LOCALAPPDATA", "Programs/Tesseract-OCR"),
        ):
            place = os.environ.get(variable)
            if place:
                folders.append(Path(place) / below / "tessdata")
    else:
        folders += map(Path, _UNIX_FOLDERS)
    folders.append(BUNDLED_FOLDER)
    return [folder for folder in folders if folder.is_dir()]


def why_not_installed() -> str | None:
    """None where Tesseract can be loaded, else what is missing and how to get it."""
    import importlib.util

    if importlib.util.find_spec("tesserocr") is not None:
        return None
    return f"tesserocr is not installed; {BUILD_PACKAGE if sys.platform == 'darwin' else INSTALL_PACKAGE}"


def how_to_get(language: str, artifacts: Path | None) -> str:
    """What to put where so that Tesseract reads `language`, an ISO 639-1 code that it has a name for."""
    name = TESSERACT_NAMES[base_code(language)]
    folder = artifacts / ADDED_FOLDER if artifacts is not None else "tessdata of TACH_DOCLING_ARTIFACTS"
    debian = f" (Debian: apt-get install tesseract-ocr-{name.replace('_', '-')})"
    return (
        f"put {name}{SUFFIX} of Tesseract's tessdata_fast into the folder {folder}, or where the system's "
        f"Tesseract has its own{debian if sys.platform == 'linux' else ''}"
    )


_TesseractWord = tuple[str, float, tuple[int, int, int, int]]
"""Text, confidence from 0 to 100, and box in pixels."""


class Tesseract:
    """The languages that Tesseract reads here, and its readers."""

    def __init__(self, artifacts: Path | None) -> None:
        self._folders = tessdata_folders(artifacts) if why_not_installed() is None else []
        self._readers: dict[tuple[str, ...], TesseractReader] = {}

    @cached_property
    def languages(self) -> list[str]:
        """ISO 639-1 codes."""
        names = {path.name.removesuffix(SUFFIX) for f in self._folders for path in f.glob(f"*{SUFFIX}")}
        return sorted(code for code, name in TESSERACT_NAMES.items() if name in names)

    def reader(self, languages: list[str]) -> TesseractReader | None:
        """A reader of all `languages` at once; None where a folder that has all of them is not there."""
        codes = list(dict.fromkeys(map(base_code, languages)))
        others = [code for code in codes if code != "en"]
        if others and all(map(written_in_latin, others)):
            codes = others  # English needs no letter that they lack, and each further language costs time.
        names = tuple(TESSERACT_NAMES.get(code, "") for code in codes)
        if names not in self._readers:
            for folder in self._folders:
                if all(name and (folder / f"{name}{SUFFIX}").is_file() for name in names):
                    self._readers[names] = TesseractReader(folder, names)
                    break
        return self._readers.get(names)


@contextmanager
def _opened_from(folder: Path) -> Iterator[str]:
    """The name by which Tesseract opens `folder`.

    On Windows it takes names in the system's code page only, which may lack letters of the path: there the folder is
    the current one while the files are loaded. Requests name whole paths, so that no other thread minds.
    """
    if sys.platform != "win32":
        yield str(folder)
        return
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield "."
    finally:
        os.chdir(before)


class TesseractReader:
    """Reads lines in the languages of some `.traineddata` files, which are loaded at the first line."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self._folder = folder
        self._names = names
        self.pace = Pace()

    @cached_property
    def _api(self) -> Any:
        files = ", ".join(str(self._folder / f"{name}{SUFFIX}") for name in self._names)
        try:
            import tesserocr

            with _opened_from(self._folder) as path:
                return tesserocr.PyTessBaseAPI(path=path, lang="+".join(self._names))
        except (ImportError, RuntimeError) as error:
            raise EngineUnavailable(
                f"Tesseract does not load with {files}: {error}", path=str(self._folder)
            ) from error

    def recognise(self, line: Any, context: RequestContext) -> Recognised:
        """The text in `line`, an upright picture (NumPy array, height x width x 3, blue-green-red) of one
        line.
        """
        import cv2
        from tesserocr import PSM

        height, width = line.shape[:2]
        wide = min(MAX_WIDTH, max(1, round(width * LINE_HEIGHT / height)))
        interpolation = cv2.INTER_AREA if height > LINE_HEIGHT else cv2.INTER_CUBIC
        scaled = cv2.resize(line, (wide, LINE_HEIGHT), interpolation=interpolation)
        grey = cv2.cvtColor(scaled, cv2.COLOR_BGR2GRAY)
        grey = cv2.addWeighted(grey, 1 + SHARPER, cv2.GaussianBlur(grey, (0, 0), BLUR), -SHARPER, 0)
        pixels = grey.tobytes()  # Tesseract keeps no copy: this must live until the text is read.
        # SINGLE_LINE looks for the line in the picture once more. That keeps dirt out, but where parts of the
        # neighbours show it may lose the line; RAW_LINE takes the picture as it is.
        found = self._read(pixels, wide, PSM.SINGLE_LINE, context)
        if found.confidence < DOUBTFUL:
            raw = self._read(pixels, wide, PSM.RAW_LINE, context)
            if raw.confidence >= found.confidence:
                return raw
        return found

    def _read(self, pixels: bytes, wide: int, mode: int, context: RequestContext) -> Recognised:
        from tesserocr import RIL, iterate_level

        api = self._api
        api.SetPageSegMode(mode)
        api.SetImageBytes(pixels, wide, LINE_HEIGHT, 1, wide)
        api.SetSourceResolution(NOMINAL_DPI)
        words: list[_TesseractWord] = []
        done = api.Recognize(max(1, round(context.remaining() * 1000)))
        context.check()
        if done:
            for word in iterate_level(api.GetIterator(), RIL.WORD):
                if not word.Empty(RIL.WORD):
                    text = unicodedata.normalize("NFC", word.GetUTF8Text(RIL.WORD).strip())
                    words.append((text, word.Confidence(RIL.WORD), word.BoundingBox(RIL.WORD)))
        api.Clear()
        return _line(_without_rulings(words), wide)


def _without_rulings(words: list[_TesseractWord]) -> list[_TesseractWord]:
    """`words` without those that are nothing, and without rulings of a table at the ends of a box."""
    words = [word for word in words if word[0]]
    first, last = 0, len(words)
    while first < last and RULINGS.issuperset(words[first][0]):
        first += 1
    while last > first and RULINGS.issuperset(words[last - 1][0]):
        last -= 1
    return words[first:last]


def _line(words: list[_TesseractWord], width: int) -> Recognised:
    """The line that words with their confidence (0 to 100) and box (pixels of `width`) make up."""
    text, places, weighted = "", [], 0.0
    end = 0.0
    for word, confidence, (left, _top, right, _bottom) in words:
        if text:
            text += " "
            places.append((end + left) / 2)
        text += word
        places += [left + (right - left) * (index + 0.5) / len(word) for index in range(len(word))]
        weighted += confidence * len(word)
        end = right
    letters = sum(len(word) for word, *_ in words)
    confidence = weighted / letters / 100 if letters else 0.0
    return Recognised(
        text, round(min(1.0, max(0.0, confidence)), 4), tuple(min(1.0, place / width) for place in places)
    )
