"""Languages of OCR: Vietnamese by Tesseract, models that a user adds, what is refused, and what is told about it."""

import hashlib
from pathlib import Path

import pypdfium2
import pytest
from onnx_maker import model_that_reads
from text_pages import open_page, picture_pdf, plenty, scanned_pdf, show

from pyworker.engine.engines import Engines
from pyworker.engine.ocr import tesseract
from pyworker.engine.ocr.languages import TESSERACT_NAMES, missing_letters, readable
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_words import page_words
from pyworker.errors import EngineUnavailable
from pyworker.settings import Settings

BUNDLED = tesseract.BUNDLED_FOLDER
SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "sample" / "engineering_sheet.pdf"
# Of the sample's title block, in points of its page from the upper left corner.
NAMES = (838.0, 737.0, 72.0, 76.0)
NAMES_TEXT = ["Lê Văn Đức", "Nguyễn Thị Hằng", "Trần Quốc Bảo", "Phạm Thuỳ Dương"]
COMPANY = (815.0, 608.0, 245.0, 22.0)
COMPANY_TEXT = "CÔNG TY CỔ PHẦN TƯ VẤN XÂY DỰNG SÔNG MÂY"
VIETNAMESE = "Tiếng Việt có dấu"
VIETNAMESE_LETTERS = (
    "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệfghiìỉĩíịjklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvwxyỳỷỹýỵz"
)


def scan_of_sample(box, turn=0, dpi=300.0):
    """A page that is a picture of a box of the sample, turned clockwise by `turn` degrees."""
    document = pypdfium2.PdfDocument(SAMPLE)
    page = document[0]
    scale = dpi / 72
    left, top, width, height = (round(value * scale) for value in box)
    picture = page.render(scale=scale).to_pil().crop((left, top, left + width, top + height))
    page.close()
    document.close()
    return picture_pdf(picture, dpi, turn)


@pytest.fixture
def vietnamese(lean):
    """Vietnamese can be read here."""
    if "vi" not in lean.ocr().languages():
        pytest.skip("no Vietnamese: " + tesseract.how_to_get("vi", None))


@pytest.fixture
def without_tessdata(monkeypatch):
    """A machine on which Tesseract has no language files."""
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    monkeypatch.setattr(tesseract, "_UNIX_FOLDERS", ())
    monkeypatch.setattr(tesseract, "BUNDLED_FOLDER", Path("no such folder"))
    for name in ("ProgramFiles", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)


def engine_with(artifacts=None):
    return Engines.load(Settings(docling_profile="lean", docling_load="lazy", docling_artifacts=artifacts))


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_vietnamese_is_read_with_every_diacritic(read, vietnamese, turn):
    found = read(scan_of_sample(NAMES, turn), languages=["vi"])
    assert [line["text"] for line in found["lines"]] == NAMES_TEXT
    assert all(line["confidence"] > 0.75 for line in found["lines"])


def test_a_vietnamese_page_is_recognised_where_no_language_is_named(read, vietnamese):
    assert read(scan_of_sample(COMPANY))["text"] == COMPANY_TEXT
    assert read(scan_of_sample(NAMES))["text"].split("\n") == NAMES_TEXT


def test_words_of_vietnamese_lines_stand_where_they_are_drawn(lean, vietnamese):
    """Tables are made of them."""
    _cache, _document, page = open_page(SAMPLE)
    left, top, width, height = NAMES
    region = Rect(left, top, left + width, top + height)
    found = [word for line in lean.ocr().read(page, region, ["vi"], plenty()).lines for word in line.words]
    drawn = {word.text: word.rect for word in page_words(page) if word.text in " ".join(NAMES_TEXT).split()}
    assert [word.text for word in found] == " ".join(NAMES_TEXT).split()
    for word in found:
        # At the ends of a line a word's box has the margin of the line's.
        assert word.rect.left == pytest.approx(drawn[word.text].left, abs=4.5)
        assert word.rect.right == pytest.approx(drawn[word.text].right, abs=4.5)


def test_vietnamese_is_read_without_a_system_tesseract(read, monkeypatch, without_tessdata):
    """The file is part of the package, unchanged."""
    if tesseract.why_not_installed() is not None:
        pytest.skip("no Tesseract for this system")
    monkeypatch.setattr(tesseract, "BUNDLED_FOLDER", BUNDLED)
    assert [path.name for path in tesseract.tessdata_folders(None)] == ["tessdata"]
    readme = (BUNDLED / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256((BUNDLED / "vie.traineddata").read_bytes()).hexdigest() in readme
    found = read(scan_of_sample(NAMES), engine_with(), languages=["vi"])
    assert [line["text"] for line in found["lines"]] == NAMES_TEXT


def test_other_languages_are_not_taken_for_vietnamese(read, vietnamese):
    text = "Les \xe9l\xe8ves fran\xe7ais \xe9taient tr\xe8s heureux"
    german = "Gr\xf6\xdfe \xfcberm\xe4\xdfig sch\xf6ner H\xe4user"
    for line in (text, german, "The quick brown fox jumps over it"):
        assert read(scanned_pdf(show(60, 600, line, 15)))["text"] == line


def test_a_language_that_cannot_be_read_is_refused_with_what_to_do(
    read, without_tessdata, monkeypatch, tmp_path
):
    monkeypatch.setattr(tesseract, "why_not_installed", lambda: None)
    page = scanned_pdf(show(80, 600, "any line at all", 15))
    with pytest.raises(EngineUnavailable) as refused:
        read(page, engine_with(tmp_path), languages=["vi"])
    message = str(refused.value)
    assert "no OCR here reads vi" in message and "ế" in message
    assert str(tmp_path / "tessdata") in message and "vie.traineddata" in message
    assert "Read here: " in message and "vi" not in refused.value.details["languages"]
    with pytest.raises(EngineUnavailable, match="xx is no language code"):
        read(page, languages=["xx"])
    assert read(page, languages=["en", "de"])["text"] == "any line at all"


def test_without_tesseract_itself_the_error_says_how_to_install_it(read, monkeypatch):
    monkeypatch.setattr(tesseract, "why_not_installed", lambda: "tesserocr is not installed; install it")
    with pytest.raises(EngineUnavailable, match=r"for vi the letters .* and tesserocr is not installed"):
        read(scanned_pdf(show(80, 600, "any line", 15)), engine_with(), languages=["vi"])


def test_without_vietnamese_files_a_page_is_read_all_the_same(read, without_tessdata):
    assert read(scanned_pdf(show(80, 600, "any line at all", 15)), engine_with())["text"] == "any line at all"


def test_language_files_of_the_artifacts_folder_and_of_tessdata_prefix_are_found(
    vietnamese, without_tessdata, monkeypatch, tmp_path
):
    folder = tmp_path / "tessdata"
    folder.mkdir()
    (folder / "rus.traineddata").touch()
    assert "ru" in engine_with(tmp_path).ocr().languages()
    monkeypatch.setenv("TESSDATA_PREFIX", str(folder))
    assert "ru" in engine_with().ocr().languages()
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert "ru" in engine_with().ocr().languages()


def test_a_damaged_language_file_is_named(read, vietnamese, without_tessdata, tmp_path):
    (tmp_path / "tessdata").mkdir()
    (tmp_path / "tessdata" / "vie.traineddata").write_bytes(b"no such thing")
    with pytest.raises(EngineUnavailable, match=r"does not load with .*vie\.traineddata"):
        read(scanned_pdf(show(80, 600, "any line", 15)), engine_with(tmp_path), languages=["vi"])


def test_the_bundled_model_says_honestly_what_it_reads(without_tessdata):
    languages = engine_with().ocr().languages()
    assert {"en", "de", "fr", "es", "zh", "ja"} <= set(languages)
    assert not {"vi", "ru", "ar", "th"} & set(languages)


def test_a_recognition_model_put_into_the_artifacts_folder_is_used(read, tmp_path):
    letters = [*VIETNAMESE_LETTERS, *dict.fromkeys(VIETNAMESE_LETTERS.upper())]
    folder = tmp_path / "models" / "ocr"
    folder.mkdir(parents=True)
    (folder / "vietnamese.onnx").write_bytes(model_that_reads(VIETNAMESE, letters))
    engine = engine_with(tmp_path / "models")
    data = scanned_pdf(show(80, 600, "any line at all", 15))
    assert read(data, engine, languages=["vi"])["text"] == VIETNAMESE
    assert read(data, engine, languages=["en"])["text"] == "any line at all"
    assert "vi" in engine.ocr().languages()


def test_a_recognition_model_that_is_damaged_is_named(read, tmp_path):
    (tmp_path / "ocr").mkdir()
    (tmp_path / "ocr" / "broken.onnx").write_bytes(b"no model")
    with pytest.raises(EngineUnavailable, match=r"broken\.onnx does not load"):
        read(scanned_pdf(show(80, 600, "any line", 15)), engine_with(tmp_path), languages=["vi"])


def test_letters_are_checked_in_both_cases():
    assert missing_letters("de-AT", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZäöüßÄÖ") == "Ü"
    assert missing_letters("tlh", "abc") is None


def test_every_language_of_the_letters_has_a_name_of_tesseract():
    everything = map(chr, range(0x20000))
    assert readable(everything) == sorted(TESSERACT_NAMES)
