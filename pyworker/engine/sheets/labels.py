"""The words that name a title block's fields, a zone or a scale, in English and in Vietnamese.

`labels_abroad` has those of other languages. They are compared without case, accents and punctuation, so that OCR's
slips in Vietnamese tones do no harm.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pyworker.engine.sheets import labels_abroad as abroad

NEAR_LETTERS = 7
"""Letters and spaces of a label that is known with one of them wrong."""
REMEMBERED = 4096
"""Texts whose meaning is kept: those of one sheet come again on the next, and are looked at several times."""


@lru_cache(REMEMBERED)
def normal(text: str) -> str:
    """`text` in lower case without accents and punctuation, one space between words."""
    if text.isascii() and text.isalnum():
        return text.lower()
    folded = unicodedata.normalize("NFD", text.lower()).replace("\u0111", "d")
    kept = "".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c))
    return " ".join(kept.split())


_FIELDS: dict[str, str] = {
    "number": "drawing no, drawing number, drawing num, dwg no, dwg number, dwg, drg no, drg number, sheet no, "
    "sheet number, sheet num, drawing ref, doc no, document no, document number, plan no, plan number, drawing id, "
    "so hieu, so hieu ban ve, ky hieu ban ve, ki hieu ban ve, ban ve so, so ban ve, ky hieu, ki hieu, ma ban ve, "
    "ma so ban ve, so hieu bv, ma so, so bv, khbv, ma hieu ban ve, ma hieu, "
    "k h ban ve, ky hieu bv, so ve, drg, drawing no rev, dwg id, drawing code, document ref, so hieu b v, "
    "identification number, identification no, ident no",
    "title": "drawing title, sheet title, title, drawing name, sheet name, dwg title, dwg name, title of drawing, "
    "drawing description, sheet contents, sheet description, drawing, ten ban ve, noi dung ban ve, ten bv, noi dung, "
    "ban ve, title supplementary title, drawing name and title",
    "project": "project, project name, project title, project description, job, job name, job title, contract, works, "
    "cong trinh, ten cong trinh, du an, ten du an, "
    "scheme, development, site name, ten cong trinh du an, cong trinh du an, ten ct",
    "item": "item, hang muc, hang muc cong trinh, ten hang muc, goi thau, building, discipline",
    "project_number": "project no, project number, proj no, job no, job number, contract no, commission no, "
    "project id, job, proj number, ma du an, so du an, ma cong trinh, so hop dong, "
    "comm no, commission number, project code, a e project no, architect project no, client project no, "
    "project ref, job ref, contract number, order no",
    "date": "date, issue date, date issued, date of issue, issued, drawing date, plot date, sheet date, ngay, ngay ve, "
    "ngay thang, ngay phat hanh, thoi gian, ngay hoan thanh, hoan thanh, ngay lap, ngay thang nam, phat hanh, "
    "ngay xuat ban, "
    "date printed, print date, ngay hoan thanh ho so, ngay thuc hien, ngay in, ngay ban hanh, thang nam, "
    "date drawn, first issued, first issue date",
    "revision": "rev, revision, rev no, revision no, revision number, rev number, current revision, issue, issue no, "
    "lan sua, lan hieu chinh, hieu chinh, phien ban, lan phat hanh, sua doi, lan, lan sua doi, so lan sua, "
    "version no, revision letter, current rev, ban hanh lan, lan ban hanh, lan chinh sua, chinh sua",
    "scale": "scale, scales, drawing scale, dwg scale, scale at a1, scale a1, scale a2, scale a3, scale a0, "
    "original scale, ty le, ti le, ty le ban ve, ti le ban ve, ty le a1, ty le a3, "
    "scale at a3, scale at a2, scale at a0, a1 scale, a3 scale, plot scale, ty le in",
    "drawn": "drawn, drawn by, dr by, drn, dwn, drn by, dwn by, draftsman, drafted, drafted by, drafter, author, "
    "drawn date, ve, nguoi ve, the hien, hoa vien, ve ban ve, "
    "created, created by, author name, name of author, "
    "drwn, drwn by, cad by, cad operator, detailed, detailed by, nguoi thuc hien, thuc hien, ky thuat vien, "
    "ktv",
    "designed": "designed, design, designed by, designer, des, des by, design by, thiet ke, nguoi thiet ke, "
    "thiet ke chinh, nguoi lap, "
    "dsgn, dsgn by, dsn, des d, eng, eng by, engineered by, thiet ke boi, cb thiet ke",
    "checked": "checked, checked by, chk, chkd, chk d, ckd, ck d, chk by, check, checker, reviewed, reviewed by, "
    "kiem, kiem tra, nguoi kiem, nguoi kiem tra, kiem ban ve, kiem soat, qlkt, quan ly ky thuat, kcs, "
    "supervisor, supervisor name, "
    "chk d by, chkd by, check by, ch d, verified, verified by, qa qc, kiem tra ky thuat, kiem tra ban ve, "
    "kiem tra kt",
    "approved": "approved, approved by, approval, appr, app, appd, app d, app by, appr by, authorised, authorized, "
    "duyet, phe duyet, giam doc, nguoi duyet, tong giam doc, "
    "app d by, appd by, apvd, apvd by, approved for issue, authorised by, authorized by, p giam doc, "
    "pho giam doc, vien truong, chu tich, duyet boi",
    "lead": "project manager, project engineer, project architect, engineer in charge, principal, chu tri, "
    "chu tri thiet ke, chu nhiem, chu nhiem thiet ke, chu nhiem do an, chu tri bo mon, cntk, cnda, "
    "principal in charge, pic, p i c, proj manager, job captain, chu tri kien truc, chu tri ket cau, "
    "chu tri kt, chu tri kc, chu tri dien, chu tri nuoc, chu tri m e, chu tri co dien, chu nhiem du an, "
    "chu nhiem cong trinh, cn du an, cn thiet ke, quan ly du an",
    "client": "client, owner, client name, prepared for, employer, customer, chu dau tu, khach hang, "
    "developer, prepared for client, chu dau tu du an, cdt, ban quan ly du an",
    "consultant": "consultant, consultants, architect, engineer, contractor, company, don vi tu van, don vi thiet ke, "
    "tu van thiet ke, nha thau thiet ke, nha thau, co quan thiet ke, "
    "company name, legal owner, "
    "subconsultant, main contractor, tu van, don vi thi cong, nha thau thi cong, tu van giam sat, don vi tk, "
    "co quan tu van",
    "location": "location, site, address, site address, project address, dia diem, dia chi, dia diem xay dung, "
    "project location, site location, dia diem xd, vi tri xay dung",
    "phase": "phase, stage, status, drawing status, issue purpose, purpose of issue, project phase, giai doan, buoc, "
    "giai doan thiet ke, "
    "suitability, suitability code, document status, status code, issue status, drawing stage, "
    "purpose, issued for, buoc thiet ke, "
    "giai doan tk, loai ho so",
    "sheet": "sheet, sheet of, page, page no, id, to, to so, so to, trang",
    "size": "size, sheet size, paper size, format, kho giay, kho",
    "file": "file, file name, filename, file no, cad file, cad file name, path, ten file, tap tin, "
    "cad ref, cad reference, cad no, cad drawing, file ref, file path, filepath, computer file, model file, "
    "drawing file",
}

FIELD_OF: dict[str, str] = {
    normal(phrase): name
    for fields in (abroad.FIELDS, _FIELDS)
    for name, phrases in reversed(fields.items())
    for phrase in phrases.split(",")
}
"""The field that a label, normalised, names."""
_NO_FIELD = frozenset(normal(phrase) for phrase in abroad.NO_FIELD.split(","))
_SIGNS = re.compile(r"[$%{}<>=]")
"""Signs that no label has."""
_VARIABLE = re.compile(r"[$%]\{?\w+\}?\$?")
"""A template's variable or a program's keyword for which nothing was put: %{title}, $Revision$."""

_KINDS = ("key", "revisions", "legend", "notes", "schedule")
_BEGINS = (
    "key ?plan|location plan|vicinity map|location map|site location|so do vi tri|vi tri|" + abroad.KEY,
    "revisions?|revision history|issue record|issues|bang sua doi|lich su sua doi|sua doi|hieu chinh|"
    + abroad.REVISIONS,
    "legend|symbols?|abbreviations|chu dan|chu thich|ky hieu|ki hieu|chu giai|bang ky hieu|key to symbols|"
    + abroad.LEGEND,
    "notes?|general notes?|key ?notes?|sheet notes?|ghi chu|luu y|specifications?|standard notes|"
    + abroad.NOTES,
    "schedule|list of|table|bill of quantities|bill of materials?|bang|thong ke|danh muc|tong hop|"
    + abroad.SCHEDULE,
)
_ENDS = (
    "key ?plan",
    "revisions",
    "legend|symbols|abbreviations|key",
    "notes|keynotes",
    "schedule|schedules|list|table|matrix|" + abroad.SCHEDULE_ENDS,
)
ZONE_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"^(?:{begins})\b|\b(?:{ends})$"))
    for kind, begins, ends in zip(_KINDS, _BEGINS, _ENDS, strict=True)
)
"""The kinds of zones that a title names by its first or its last words."""

_VIEW = re.compile(
    r"\b(plans?|sections?|elevations?|details?|isometric|view|diagram|layout|schematic|profile|axonometric|"
    r"mat bang|mat dung|mat cat|chi tiet|so do|phoi canh|cat [a-z0-9]|mat ben|trac doc|trac ngang|"
    rf"{abroad.VIEWS})\b"
)
_CUT = re.compile(r"^([A-Z]{1,2}|\d{1,2})\s?[-\u2013]\s?\1['\u2032]?\s*\(?(?=\d+\s*[:/]\s*\d)")
"""The name of a cut with its scale: "A-A (1:2)"."""
_STAMP = re.compile(
    r"\b(not for construction|preliminary|for construction|for approval|for review|for information|for tender|"
    r"as.?built|void|superseded|draft|issued for \w+|approved|received|dung de thi cong|ban ve thi cong|da duyet|"
    r"phat hanh thi cong|hoan cong|lien danh|da phe duyet)\b"
)

_FRACTION = r"(?:\d+\s*[-\u2010-\u2015 ]\s*)?\d+\s*(?:/\s*\d+)?|[\u00bc-\u00be\u2150-\u215e]"
SCALE = re.compile(
    rf"""(?<![\w.])(?:(?:{_FRACTION})\s*(?:"|\u201d|\u2033|''|in\.?)\s*=\s*\d+\s*(?:'|\u2019|\u2032|ft\.?)"""
    r"""(?:\s*-?\s*\d+(?:\s*\d+/\d+)?\s*(?:"|\u201d|\u2033|'')?)?"""
    r"""|1\s*[:/]\s*\d[\d,.]*\d(?!\d)|1\s*[:/]\s*[12458]\b|\d+\s*:\s*1\b"""
    r"""|\b(?:n\.?t\.?s\.?(?![a-z])|not to scale|as (?:noted|shown|indicated)|none|full size|varies)\b)""",
    re.IGNORECASE,
)
"""A scale as sheets write it: `1/8" = 1'-0"`, `1:100`, `1/50`, NTS, as noted."""
_NUMBER_SIGN = re.compile(r"#|\u2116|\b[Nn][\u00ba\u00b0]")
PLACE = re.compile(r"^(\d{1,4})(?:\s*(?:/|of|von|sur|de|di|из)\s*(\d{1,4}))?$", re.IGNORECASE)
"""The place of a sheet in its set: 2 of 5, or 2 alone."""
_SCALE_LABEL = re.compile(rf"\b(?:scales?|ty le|ti le|tl|t l|{abroad.SCALES})\b")
_CAPITAL = "A-Z\u0110\u0410-\u042f"
NUMBER = re.compile(
    rf"^(?=.*\d)[{_CAPITAL}]{{0,6}}[-. _]?[{_CAPITAL}0-9]{{0,8}}(?:[-._/][{_CAPITAL}0-9]{{1,10}}){{0,6}}[a-z]?$"
)
"""A sheet's number: A-101, KT-A-101, S2.01, M101, 03."""


@lru_cache(REMEMBERED)
def field_of(text: str) -> str | None:
    """The field that a whole text names as a label, also as one of two languages ("TỶ LỆ / SCALE"); None for none."""
    whole = normal(_plain(text))
    if len(whole) > 44 or not whole or _SIGNS.search(text):
        return None
    if whole in FIELD_OF:
        return FIELD_OF[whole]
    if (accented := text.strip(" .:").casefold()) in abroad.ACCENTED:
        return abroad.ACCENTED[accented]
    parts = [normal(part) for part in re.split(r"[/|\u2013\n]| - ", _plain(text))]
    parts = [part for part in parts if part]
    if len(parts) > 1:
        names = [FIELD_OF.get(part) for part in parts]
        if all(names):
            return names[0]
        # One language may have a wording of its own.
        known = [name for name in names if name]
        if known and len(parts) == 2 and max(len(part) for part in parts) <= 24:
            return known[0]
    return None


def _plain(text: str) -> str:
    """A label without what is in brackets, and with "no" for the sign of a number."""
    return _NUMBER_SIGN.sub(" no ", re.sub(r"\([^)]*\)", " ", text))


def is_variable(text: str) -> bool:
    """Whether a text is a template's variable and so says nothing."""
    return _VARIABLE.fullmatch(text.strip()) is not None


@lru_cache(REMEMBERED)
def names_no_field(text: str) -> bool:
    """Whether a whole text is a label of title blocks that names none of the fields, such as "Signature"."""
    return normal(_plain(text)) in _NO_FIELD


@lru_cache(REMEMBERED)
def near_field_of(text: str) -> str | None:
    """The field that a text names as a label in which one letter is wrong, missing or too many; None for none."""
    plain = normal(text)
    if len(plain) < NEAR_LETTERS:
        return None
    names = {name for label, name in FIELD_OF.items() if _is_near(plain, label)}
    return names.pop() if len(names) == 1 else None


def _is_near(a: str, b: str) -> bool:
    """Whether one letter makes all the difference."""
    if abs(len(a) - len(b)) > 1 or len(b) < NEAR_LETTERS:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return a[start + (len(a) >= len(b)) :] == b[start + (len(b) >= len(a)) :]


@lru_cache(REMEMBERED)
def labelled(text: str) -> tuple[str, str, str] | None:
    """(field, label, value) of a text that holds both: "SCALE: 1:100", "TỶ LỆ 1/50", "REV B"; None for others."""
    # OCR writes a wide colon now and then.
    head, colon, tail = text.replace("\uff1a", ":").partition(":")
    if colon and (name := field_of(head)) is not None:
        return name, head.strip(), tail.strip()
    words = text.split()
    # "TL" alone may be someone's initials.
    if normal(head if colon else words[0] if words else "") in ("tl", "t l"):
        value = tail.strip() if colon else " ".join(words[1:])
        return ("scale", head.strip() if colon else words[0], value) if SCALE.match(value) else None
    for count in range(min(5, len(words) - 1), 0, -1):
        label = " ".join(words[:count])
        name = field_of(label)
        value = " ".join(words[count:])
        if name is None or value[:1] in "/|-\u2013":
            continue
        if (
            (name == "scale" and SCALE.match(value))
            or (name == "number" and count > 1 and NUMBER.match(value))
            or (name == "revision" and re.fullmatch(r"[A-Z]?\d{0,2}|P\d+|C\d+", value))
            or (name == "date" and is_date(value))
            or (name == "sheet" and PLACE.match(value))
        ):
            return name, label, value
    return None


def is_date(text: str) -> bool:
    """Whether a text is a date, as figures or with the month's name."""
    return bool(
        re.search(r"\b\d{1,4}\s*[-/. ]\s*\d{1,2}\s*[-/. ]\s*\d{2,4}\b|\b\d{1,2}[/.-](?:19|20)\d\d\b", text)
        or (
            re.search(r"(?i)\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|th\u00e1ng)", text)
            and re.search(r"\d", text)
        )
    )


def zone_word(text: str) -> str | None:
    """The kind of zone that a title names: key, revisions, legend, notes, schedule; None for others."""
    plain = normal(text)
    if not plain or len(plain) > 60 or text.rstrip().endswith((".", ",", ";")):
        return None
    for kind, words in ZONE_WORDS:
        if words.search(plain):
            return kind
    return None


def is_view_title(text: str) -> bool:
    """Whether a text names a view: plan, section, elevation, detail."""
    return bool(_VIEW.search(normal(text)) or _CUT.match(text))


def is_stamp(text: str) -> bool:
    """Whether a text is what stamps say."""
    return bool(_STAMP.search(normal(text)))


def scale_in(text: str) -> str | None:
    """The scale that a text holds with or without the word "scale", as written; None where it holds none."""
    found = SCALE.search(text)
    return found.group(0).strip() if found else None


def is_scale_note(text: str) -> bool:
    """Whether a text says a scale and little else."""
    found = SCALE.search(text)
    if found is None:
        return False
    rest = normal(text[: found.start()] + " " + text[found.end() :])
    named = bool(_SCALE_LABEL.search(rest)) or normal(found.group(0)) in ("nts", "n t s", "not to scale")
    left = _SCALE_LABEL.sub(" ", rest).split()
    if named:
        return len(left) <= 3
    # A ratio alone may be a transformer's.
    return (
        not left
        and found.group(0)[:1].isdigit()
        and not re.fullmatch(r"\d\s*[:/]\s*\d", found.group(0).strip())
    )
