"""Lists of clients in files: CSV as spreadsheets write it, and vCard as phones write it."""

from __future__ import annotations

import codecs
import csv
import quopri
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from bridge.crm.builtin.fields import several
from bridge.crm.builtin.intake import Entry

if TYPE_CHECKING:
    from _csv import Reader  # csv has a name for it from Python 3.12 on

# column of the list -> what people write above it
HEADINGS: Final = {
    "name": ("name", "contact", "full name", "имя", "фио", "контакт"),
    "company": ("company", "organization", "компания", "организация"),
    "inn": ("inn", "инн"),
    "phones": ("phone", "phones", "mobile", "телефон", "телефоны", "мобильный"),
    "emails": ("email", "e-mail", "mail", "почта"),
    "owner": ("owner", "responsible", "ответственный", "менеджер"),
    "deal": ("deal", "сделка"),
    "pipeline": ("pipeline", "воронка", "направление"),
}
_MEANING: Final = {word: field for field, words in HEADINGS.items() for word in words}
_LONGEST_HEADING: Final = 100  # characters; what finds the number at its end is slow beyond
_PART: Final = re.compile(r"((?:\\.|[^;])*)(?:;|$)", re.DOTALL)
_SEVERAL: Final = ("phones", "emails")


class Unreadable(Exception):
    """The file as a whole cannot be read; the text says what to do."""


def read(name: str, text: str) -> list[Entry]:
    """The entries of a file named `*.csv` or `*.vcf`, decoded. Raises Unreadable."""
    ending = name.casefold().rpartition(".")[2]
    if ending not in _READERS:
        raise Unreadable(f"{name}: only .csv and .vcf are read; save the list as one of them")
    return list(_READERS[ending](text))


def unknown(name: str, text: str) -> list[str]:
    """The columns that `read` passes over, as the first line of a `*.csv` names them."""
    if not name.casefold().endswith(".csv"):
        return []
    headings = next(_rows(_lines(text)), [])
    return [heading.strip() for heading in headings if heading.strip() and not _meaning(heading)]


def decode(data: bytes) -> str:
    """UTF-8, UTF-16, or the Windows code page that a Russian spreadsheet writes."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251", errors="replace")


def from_csv(text: str) -> Iterator[Entry]:
    """One entry a row; the first row names the columns, in any order, with , ; or tab between."""
    lines = _lines(text)
    rows = _rows(lines)
    try:
        columns = [_meaning(heading) for heading in next(rows, [])]
        if not {"name", "company"} & set(columns):
            raise Unreadable(
                "the first line names no column `name` or `company`; known columns: "
                + ", ".join(HEADINGS)
            )
        before = rows.line_num
        for cells in rows:
            _must_end(lines[before : rows.line_num], before + 1, last=rows.line_num == len(lines))
            before = rows.line_num
            if any(cell.strip() for cell in cells):
                yield _entry(before, list(zip(columns, cells, strict=False)))
    except csv.Error as error:
        raise Unreadable(f"line {rows.line_num}: {error}") from error


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _rows(lines: list[str]) -> Reader:
    return csv.reader((f"{line}\n" for line in lines), delimiter=max(",;\t", key=lines[0].count))


def _must_end(row: list[str], began: int, *, last: bool) -> None:
    """A quote that nobody closes swallows every line behind it."""
    if last and len(row) > 1 and sum(line.count('"') for line in row) % 2:
        raise Unreadable(f'line {began}: a quotation mark is not closed: close it, or write it ""')


def _meaning(heading: str) -> str | None:
    word = heading.strip().casefold()
    if len(word) > _LONGEST_HEADING:
        return None
    return _MEANING.get(re.sub(r"[\s_]*\d*$", "", word))


def _entry(line: int, cells: list[tuple[str | None, str]]) -> Entry:
    single = {name: " ".join(cell.split()) for name, cell in cells if name and name not in _SEVERAL}
    lists = {
        name: tuple(value for heading, cell in cells if heading == name for value in several(cell))
        for name in _SEVERAL
    }
    return Entry(line=line, phones=lists["phones"], emails=lists["emails"], **single)


def from_vcard(text: str) -> Iterator[Entry]:
    """One entry a card, versions 2.1 to 4.0. Raises Unreadable when there is no card at all."""
    card: list[tuple[str, str]] | None = None
    began, cards = 0, 0
    for line, name, value in _properties(text):
        if name == "BEGIN":
            _must_be_over(card, began)
            card, began = [], line
        elif name == "END" and card is not None:
            cards += 1
            yield _card_entry(began, card)
            card = None
        elif card is not None:
            card.append((name, value))
    _must_be_over(card, began)
    if not cards:
        raise Unreadable("there is no BEGIN:VCARD … END:VCARD in the file")


def _must_be_over(card: list[tuple[str, str]] | None, began: int) -> None:
    if card is not None:
        raise Unreadable(f"line {began}: this card has no END:VCARD: the file is cut off there")


def _card_entry(line: int, card: list[tuple[str, str]]) -> Entry:
    values: dict[str, list[str]] = {}
    for name, value in card:
        values.setdefault(name, []).append(value)
    structured = " ".join(reversed(_parts(values.get("N", [""])[0])[:2])).strip()
    return Entry(
        line=line,
        name=" ".join((_plain(values.get("FN", [""])[0]) or structured).split()),
        company=" ".join(_parts(values.get("ORG", [""])[0])[0].split()),
        phones=tuple(
            dict.fromkeys(_plain(v).removeprefix("tel:") for v in values.get("TEL", []) if v)
        ),
        emails=tuple(dict.fromkeys(_plain(v) for v in values.get("EMAIL", []) if v)),
    )


def _parts(value: str) -> list[str]:
    """The parts of a value that has several, with ; between."""
    return [_plain(part) for part in _PART.findall(value)]


def _plain(value: str) -> str:
    """Without the backslashes before what would mean something else."""
    meant = {"n": " ", "N": " "}
    return re.sub(r"\\([,;:\\nN])", lambda found: meant.get(found[1], found[1]), value)


def _properties(text: str) -> Iterator[tuple[int, str, str]]:
    """Line number, NAME without group, unfolded and decoded value."""
    lines = _lines(text)
    at = 0
    while at < len(lines):
        began, joined = at + 1, lines[at]
        at += 1
        quoted = "QUOTED-PRINTABLE" in joined.partition(":")[0].upper()
        while at < len(lines) and (
            lines[at][:1] in (" ", "\t") or (quoted and joined.endswith("="))
        ):
            soft = quoted and joined.endswith("=")
            joined = joined[:-1] + lines[at] if soft else joined + lines[at][1:]
            at += 1
        head, _, value = joined.partition(":")
        name = head.partition(";")[0].rpartition(".")[2].upper()
        if quoted:
            value = decode(quopri.decodestring(value.encode()))
        yield began, name, value.strip()


_READERS: Final = {"csv": from_csv, "vcf": from_vcard}
