"""Who reads a text line: the bundled model, one that a user added, or Tesseract, by the languages asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pyworker.engine.ocr import tesseract
from pyworker.engine.ocr.languages import TESSERACT_NAMES, base_code, missing_letters
from pyworker.engine.ocr.models import ADDED_FOLDER, RECOGNITION, RecognitionModel, bundled
from pyworker.engine.ocr.pace import Pace
from pyworker.engine.ocr.recognition import Recognised
from pyworker.engine.ocr.tesseract import Tesseract
from pyworker.errors import EngineUnavailable

if TYPE_CHECKING:
    from pyworker.context import RequestContext


class Reader(Protocol):
    """Reads pictures of text lines."""

    pace: Pace
    """Of one line, by its width over its height."""

    def recognise(self, line: Any, context: RequestContext) -> Recognised:
        """The text in `line`, an upright picture (NumPy array, height x width x 3, blue-green-red) of one
        line.

        Raises DeadlinePassed where the deadline passes meanwhile.
        """


class OtherReader(NamedTuple):
    """A reader of a language that the bundled model does not read."""

    reader: Reader
    lacking: frozenset[str]
    """The letters of the language that the bundled model lacks."""


class Readers:
    """The readers there are here, and the choice among them."""

    def __init__(self, threads: int, artifacts: Path | None) -> None:
        self._artifacts = artifacts
        added = sorted((artifacts / ADDED_FOLDER).glob("*.onnx")) if artifacts is not None else []
        self._models = [RecognitionModel(path, threads) for path in (bundled(RECOGNITION), *added)]
        self._tesseract = Tesseract(artifacts)

    def load(self) -> None:
        """Load the bundled model, which nearly every request needs; the others wait for their first line."""
        _ = self._models[0].characters

    def choose(self, languages: list[str]) -> Reader:
        """The first model that knows the letters of all `languages`, else Tesseract; the bundled model where
        none is named.

        Raises EngineUnavailable that says for each language what is missing and how to get it.
        """
        if not languages:
            return self._models[0]
        for model in self._models:
            if all(missing_letters(language, model.characters) == "" for language in languages):
                return model
        reader = self._tesseract.reader(languages)
        if reader is not None:
            return reader
        readable = self.languages()
        unread = [language for language in languages if base_code(language) not in readable]
        reasons = [self._reason(language) for language in unread]
        if not unread:
            files = ", ".join(TESSERACT_NAMES[base_code(language)] for language in languages)
            reasons = [f"each is read here, but not together: that takes Tesseract's {files} in one folder"]
        raise EngineUnavailable(
            f"no OCR here reads {', '.join(unread or languages)}: {'; '.join(reasons)}. "
            f"Read here: {', '.join(readable)}",
            languages=readable,
        )

    def for_letters_lacking(self, language: str) -> OtherReader | None:
        """A reader of `language`; None where the bundled model has all its letters or there is no reader."""
        lacking = missing_letters(language, self._models[0].characters)
        if not lacking or language not in self.languages():
            return None
        return OtherReader(self.choose([language]), frozenset(lacking))

    def languages(self) -> list[str]:
        """ISO 639-1 codes of the languages that some reader here reads."""
        known = {code for model in self._models for code in model.languages}
        return sorted(known | set(self._tesseract.languages))

    def _reason(self, language: str) -> str:
        code = base_code(language)
        if code not in TESSERACT_NAMES:
            return f"{language} is no language code that the worker knows"
        missing = min((missing_letters(code, model.characters) or "" for model in self._models), key=len)
        return f"for {language} the letters {missing} are missing in the bundled model, and " + (
            tesseract.why_not_installed() or f"Tesseract's file for it is not there: {self._how(code)}"
        )

    def _how(self, code: str) -> str:
        return (
            f"{tesseract.how_to_get(code, self._artifacts)}; or put a recognition model (.onnx, as RapidOCR has "
            f"them) for it into {ADDED_FOLDER} of TACH_DOCLING_ARTIFACTS"
        )
