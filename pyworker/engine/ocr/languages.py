"""The letters that a language is written with, to tell which languages a recognition model can read.

A model reads a language when its character list holds every letter of it, in both cases. The lists are the
main exemplar letters of Unicode's CLDR, leaving out a to z, which every model here must have.
"""

from __future__ import annotations

from collections.abc import Iterable

_LATIN = "abcdefghijklmnopqrstuvwxyz"

# ISO 639-1 code -> letters beyond a to z. Languages without a case (Chinese, Japanese, Korean, Thai) are told
# by characters that no text of some length does without.
_LETTERS = {
    "af": "áâèéêëîïôöúû",
    "az": "çəğıöşü",
    "bs": "čćđšž",
    "ca": "àçéèíïóòúü",
    "cs": "áčďéěíňóřšťúůýž",
    "cy": "àáâäèéêëìíîïòóôöùúûüŵŷ",
    "da": "æøå",
    "de": "äöüß",
    "en": "",
    "es": "áéíñóúü",
    "et": "äõöüšž",
    "eu": "çñ",
    "fi": "äöåšž",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "ga": "áéíóú",
    "gl": "áéíñóúü",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "id": "",
    "is": "áéíóúýþæöð",
    "it": "àèéìòóù",
    "lb": "äëéöüß",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "ms": "",
    "mt": "àċèġħìòùż",
    "nl": "áäéëíïóöúü",
    "no": "àéòôæøå",
    "pl": "ąćęłńóśźż",
    "pt": "áâãàçéêíóôõú",
    "ro": "ăâîșț",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "sl": "čšž",
    "sq": "çë",
    "sv": "àéåäö",
    "sw": "",
    "tl": "ñ",
    "tr": "çğıİöşü",
    "vi": ("àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ"),
    "be": "абвгдеёжзійклмнопрстуўфхцчшыьэюя",
    "bg": "абвгдежзийклмнопрстуфхцчшщъьюя",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "sr": "абвгдђежзијклљмнњопрстћуфхцчџш",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأإئؤةى",
    "he": "אבגדהוזחטיכךלמםנןסעפףצץקרשת",
    "hi": "अआइईउऊएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह",
    "ja": "のはをにがとでたしてるれいうくすかこりもなんアイスントルドリクラジマシフバプレ日本人大年",
    "ko": "이다는을가에의한고를로은지사하기도시어",
    "th": "กขคงจชซญดตถทนบปผพฟมยรลวศสหอะาิีึืุูเแโใไ",
    "zh": "的一是不了在人有我他这中大来上个国说们为子和你地出道也时年",
}
_WITHOUT_LATIN = ("ar", "be", "bg", "el", "he", "hi", "ja", "ko", "ru", "sr", "th", "uk", "zh")

_TESSERACT = (
    "af:afr ar:ara az:aze be:bel bg:bul bs:bos ca:cat cs:ces cy:cym da:dan de:deu el:ell en:eng es:spa et:est "
    "eu:eus fi:fin fr:fra ga:gle gl:glg he:heb hi:hin hr:hrv hu:hun id:ind is:isl it:ita ja:jpn ko:kor lb:ltz "
    "lt:lit lv:lav ms:msa mt:mlt nl:nld no:nor pl:pol pt:por ro:ron ru:rus sk:slk sl:slv sq:sqi sr:srp sv:swe "
    "sw:swa th:tha tl:fil tr:tur uk:ukr vi:vie zh:chi_sim"
)
TESSERACT_NAMES = dict(pair.split(":") for pair in _TESSERACT.split())
"""ISO 639-1 code -> name of Tesseract's file for the language."""

# Letters with no single-character partner in the other case, or whose partner Unicode maps elsewhere.
_CASELESS = {"ß", "ı", "İ", "ς", "ΐ", "ΰ"}


def base_code(language: str) -> str:
    """The language of a code such as `de-AT` or `pt_BR`, without its region."""
    return language.lower().replace("_", "-").partition("-")[0]


def written_in_latin(language: str) -> bool:
    """Whether a language of this module's list is written with a to z and letters made from them."""
    code = base_code(language)
    return code in _LETTERS and code not in _WITHOUT_LATIN


def missing_letters(language: str, characters: Iterable[str]) -> str | None:
    """The letters of `language` (an ISO 639-1 code, case and region ignored) that `characters` lacks.

    An empty string: all are there. None: the language is not in this module's list.
    """
    code = base_code(language)
    if code not in _LETTERS:
        return None
    have = set(characters)
    letters = _LETTERS[code]
    wanted = _LATIN + letters if code not in ("ar", "he", "hi", "ja", "ko", "th", "zh") else letters
    both = "".join(c if c in _CASELESS else c + c.upper() if c.upper() != c else c for c in wanted)
    return "".join(dict.fromkeys(c for c in both if c not in have))


def readable(characters: Iterable[str]) -> list[str]:
    """Codes of the languages that a model with these `characters` reads."""
    have = frozenset(characters)
    return sorted(code for code in _LETTERS if missing_letters(code, have) == "")
