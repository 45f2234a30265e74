"""What stands in an export: its columns, lists and records inside included, with their values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ingestion import readers
from ingestion.moments import NAMED_MONTH, numbered_months
from ingestion.readers.archives import kind_inside
from ingestion.readers.formats import ENDINGS, format_of
from ingestion.readers.reading import Source
from leadhouse import sqltext as sql
from leadhouse.database import connect
from leadhouse.errors import LeadhouseError

SHOWN = 10
_SAMPLE = 5_000
_PAGE = 20
"""A file of at most so many records, each with a list of records inside, is pages of them."""
_DEEP = 8

_MARKS = ("--", "-", "n/a", "na", "null", "none", "nan", "(not set)", "brak", "нет", "<не указано>")
_DAYS = (
    *("%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%d-%m-%Y"),
    *("%d/%m/%Y", "%d/%m/%y", "%m/%d/%Y", "%m/%d/%y"),
)
_HALVES = (" %I:%M %p", " %I:%M:%S %p")
_DATES = (
    *(f"{day}{clock}" for day in _DAYS for clock in (" %H:%M:%S", " %H:%M", *_HALVES, "")),
    *(f"%Y-%m-%d{clock}" for clock in _HALVES),
    *("%Y%m%d", "%b %d, %Y", "%d %b %Y", "%b %Y"),
)
"""Of two that fit as well, the first is proposed."""
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?)?"
)
_NUMBERS = {
    "1234.56": r"-?\d+(\.\d*)?",
    "1,234.56": r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?",
    "1.234,56": r"-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?",
    "1 234,56": r"-?(\d{1,3}( \d{3})+|\d+)(,\d+)?",
    "1'234.56": r"-?(\d{1,3}(['’]\d{3})+|\d+)(\.\d+)?",
}
_SIGNS = {
    **{"R$": "BRL", "US$": "USD", "$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "₺": "TRY"},
    **{"₽": "RUB", "руб.": "RUB", "руб": "RUB", "р.": "RUB", "₴": "UAH", "₸": "KZT"},
    **{"zł": "PLN", "Kč": "CZK", "Ft": "HUF"},
}
"""The currencies that signs stand for; of two that end alike the longer one first."""
_CODE = "|".join([*map(re.escape, _SIGNS), "[A-Z]{3}"])
_CURRENCY = re.compile(rf"^({_CODE})\s*|\s*({_CODE})$")
_LENGTH = re.compile(r"(\d+ days?, )?\d{1,3}:\d{2}(:\d{2})?|(\d+ ?h ?)?(\d+ ?m(in)? ?)?\d+ ?s(ec)?")
_PERSONAL = re.compile(
    r"mail|phone|tel|mobile|name|birth|address|street|comment|note|caller|"
    r"geburt|ansprech|adres|straße|notiz|bemerk|urodz|imi[eę]|nazwisk|ulica|uwag|"
    r"телефон|имя|фио|фамил|почт|адрес|комментар|рожд|примечан",
    re.IGNORECASE,
)
_PERSONS = re.compile(r"person|contact|client|customer|kontakt|kunde|klient|контакт|клиент", re.I)
"""What names a person, where it is text, and an id otherwise."""
_ADDRESS = re.compile(r"\S+@\S+\.\S+")
_PHONE = re.compile(r"\+?\d(?:[ ()./-]{0,2}\d){6,14}")
_WRITTEN_DAY = re.compile(
    r"\b([0-3]?\d[./-][01]?\d[./-](19|20)\d\d|(19|20)\d\d[./-][01]?\d[./-][0-3]?\d)\b"
)
_LONG_NUMBER = re.compile(r"\d{9,15}")
"""Of a column of numbers what may be a phone; shorter ones are ids and amounts."""


@dataclass(frozen=True)
class Seen:
    """A column of an export: its path, and of the sampled records how each value looks."""

    path: str
    values: tuple[str, ...]
    filled: int
    empty_marks: tuple[str, ...]
    kind: str
    formats: tuple[str, ...] = ()

    @property
    def personal(self) -> bool:
        """Whether its name or most of its values say that it is about a person."""
        looks = sum(map(self._is_contact, self.values))
        named = _PERSONAL.search(self.path) or (self.kind == "text" and _PERSONS.search(self.path))
        return bool(named) or 2 * looks > len(self.values) > 0

    @property
    def may_be_names(self) -> bool:
        """Whether it is text of which hardly two are alike and most have no digit, as names."""
        words = sum(not re.search(r"\d", each) for each in self.values)
        return (
            self.kind == "text"
            and 2 * words > len(self.values)
            and 2 * len(self.values) > self.filled
        )

    @property
    def currencies(self) -> list[str]:
        """The currencies that its name, in brackets, and its values name."""
        said = re.findall(rf"\(({_CODE})\)", self.path)
        found = [match for each in self.values if (match := _CURRENCY.search(each))]
        said += [match[1] or match[2] for match in found]
        return sorted({_SIGNS.get(each, each) for each in said})

    def shown(self, personal: bool) -> list[str]:
        """Its first values; of a personal column, and of a value to reach someone by, the shape."""
        return [
            shape(each) if personal or self._is_contact(each) else each
            for each in self.values[:SHOWN]
        ]

    def _is_contact(self, value: str) -> bool:
        """Whether an e-mail address, or what may be a phone number, is in the value."""
        if self.kind == "number":
            return _LONG_NUMBER.fullmatch(value) is not None
        return self.kind == "text" and holds_contact(value)


def holds_contact(text: str) -> bool:
    """Whether an e-mail address, or what may be a phone number, is in the text."""
    return bool(_ADDRESS.search(text) or _PHONE.search(_WRITTEN_DAY.sub("", text)))


def _is_data(name: str) -> bool:
    """Whether a column's name is what a cell holds: an address, a phone number or a day."""
    return any(
        _ADDRESS.fullmatch(part) or _PHONE.fullmatch(part) or _ISO.fullmatch(part)
        for part in map(str.strip, re.split(r"[|;,\t]", name))
    )


def shape(text: str) -> str:
    """The text without its letters and digits: how it is written, not what it says."""
    return re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "x", text))


@dataclass(frozen=True)
class Export:
    """A delivered file as it was seen.

    ``explode`` is the list of records inside its records, ``sheet`` the one of a workbook that was
    asked for, ``other_sheets`` are those with something in them that was not looked at.
    """

    name: str
    columns: tuple[Seen, ...]
    raw_columns: tuple[str, ...]
    records: int
    explode: tuple[str, ...] = ()
    sheet: str | None = None
    other_sheets: tuple[str, ...] = ()

    @property
    def paths(self) -> set[str]:
        """The names by which a mapping can name what stands in it."""
        return {column.path for column in self.columns} | set(self.raw_columns)


def look(path: Path, known: frozenset[str], sheet: str | None = None) -> Export:
    """Read a sample of a file of any format that landing reads.

    ``known`` are names that columns may have, by which the header is found. Raises
    :class:`LeadhouseError` when there is no such file, and what reading it raises.
    """
    format_ = format_of(path.name)
    if not path.is_file():
        raise LeadhouseError(f"There is no file {path}.")
    if format_ is None:
        raise LeadhouseError(f"{path.name} is in a format that is not read: {', '.join(ENDINGS)}.")
    with TemporaryDirectory() as folder, connect() as con:
        link = Path(folder) / f"source.{format_[0]}"
        link.symlink_to(path.resolve())
        source = Source(
            path=link,
            shown_as=path.name,
            format=format_[0],
            entity="",
            expected=known,
            required=None,
            scratch=Path(folder),
            compressed=format_[1],
            sheet=sheet,
        )
        names, rows = _sampled(con, source)
        kind = kind_inside(link) if format_[0] == "zip" else format_[0]
        if sheet is not None and kind != "excel":
            raise LeadhouseError(
                f"{path.name} is no workbook and has no sheets. Leave out --sheet."
            )
        other_sheets = readers.unread_sheets(source, ())
    if format_[0] in ("csv", "excel") and any(map(_is_data, names)):
        raise LeadhouseError(
            f"{path.name} seems to have no line with the names of its columns: what would be one "
            "is a person's or a day. Add the line, or write a mapping with header: [Id, Day, ...] "
            "and, where neither comma, semicolon nor tab stands between the cells, delimiter."
        )
    records = [
        {name: _parsed(cell) for name, cell in zip(names, row, strict=True) if cell} for row in rows
    ]
    explode = _list_of_records(records)
    if explode:
        records = [
            {explode: member}
            for record in records
            for member in _inside(record, explode.split("."))
            if isinstance(member, dict)
        ]
    return Export(
        name=path.name,
        columns=_agreed(_columns(records, () if explode else names)),
        raw_columns=names,
        records=len(records),
        explode=(explode,) if explode else (),
        sheet=sheet,
        other_sheets=other_sheets,
    )


def _sampled(
    con: duckdb.DuckDBPyConnection, source: Source
) -> tuple[tuple[str, ...], list[tuple[str | None, ...]]]:
    """The columns and first rows, by the first reading that can give them."""
    names: tuple[str, ...] | None = None
    for reading in readers.read(con, source):
        names = reading.columns
        cells = ", ".join(sql.cleaned_sql(f"s{at}") for at in range(len(reading.columns)))
        try:
            rows = con.execute(
                f"select {cells} from ({reading.relation}) where _reject is null limit {_SAMPLE}"
            ).fetchall()
        except duckdb.InvalidInputException:
            continue
        if rows:
            return names, rows
        # A first reading may miss what a slower one finds, such as lines that end in two ways.
    if names is not None:
        return names, []
    raise LeadhouseError(f"{source.shown_as} cannot be read. Deliver it as UTF-8 CSV.")


def _parsed(cell: str) -> Any:
    if not cell.startswith(("{", "[")):
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        return cell


def _list_of_records(records: Sequence[Mapping[str, Any]]) -> str | None:
    """The path of the list whose members are the records, where a file holds pages of them."""
    if not 0 < len(records) <= _PAGE:
        return None
    paths = [path for path in _lists(records[0]) if len(path) <= _DEEP]
    longest = max(
        paths, key=lambda path: (-len(path), len(_inside(records[0], path))), default=None
    )
    return ".".join(longest) if longest else None


def _lists(record: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _lists(value, (*above, name))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield (*above, name)


def _inside(record: Any, path: Iterable[str]) -> list[Any]:
    for step in path:
        record = record.get(step) if isinstance(record, dict) else None
    return record if isinstance(record, list) else []


def _columns(records: Sequence[Mapping[str, Any]], names: Iterable[str]) -> Iterator[Seen]:
    found: dict[str, list[str]] = {name: [] for name in names}
    for record in records:
        for path, value in _flat(record, ()):
            found.setdefault(path, []).append(value)
    records_inside = {path.partition(".")[0] for path in found if "." in path}
    for path, values in found.items():
        if not values and path in records_inside:
            continue
        marks = sorted({value for value in values if value.lower() in _MARKS})
        rest = list(dict.fromkeys(value for value in values if value not in marks))
        kind, formats = _kind(path, rest)
        yield Seen(path, tuple(rest), len(values), tuple(marks), kind, formats)


def _agreed(columns: Iterator[Seen]) -> tuple[Seen, ...]:
    """The columns, without patterns of days in an order that no clear column of the file has.

    5/1/2025 may be a day of May or of January; 5/31/2025 beside it tells.
    """
    seen = tuple(columns)
    orders = [{pattern[:5] for pattern in each.formats} for each in seen]
    clear = {
        order
        for each, told in zip(seen, orders, strict=True)
        if each.kind in ("moment", "day") and len(told) == 1
        for order in told
    }
    return tuple(
        replace(each, formats=tuple(at for at in each.formats if at[:5] in clear))
        if len(told) > 1 and told & clear
        else each
        for each, told in zip(seen, orders, strict=True)
    )


def _flat(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each value by its path; of a list the first member."""
    if isinstance(value, dict) and len(path) <= _DEEP:
        for name, inner in value.items():
            yield from _flat(inner, (*path, str(name)))
    elif isinstance(value, list):
        if value:
            yield from _flat(value[0], (*path, "0"))
    elif value not in (None, ""):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        yield ".".join(path), text.strip()


def _kind(path: str, values: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """What a column's values are, and the formats or number examples that read all of them."""
    if not values:
        return "empty", ()
    if all(_ISO.fullmatch(each) for each in values):
        return ("moment" if any(len(each) > 10 for each in values) else "day"), ()
    if all(each.lower() in ("true", "false", "yes", "no") for each in values):
        return "boolean", ()
    if re.search(r"time|date|_at$|created|updated|\bts$", path, re.IGNORECASE):
        for word, digits in (("epoch", 10), ("epoch_ms", 13), ("epoch_us", 16)):
            if all(re.fullmatch(rf"1\d{{{digits - 1}}}", each) for each in values):
                return "moment", (word,)
    dates = tuple(
        pattern for pattern in _DATES if all(is_written(each, pattern) for each in values)
    )
    if dates and not all(each.isdigit() for each in values):
        return ("moment" if "%M" in dates[0] else "day"), dates
    if all(_LENGTH.fullmatch(each) and not each.isdigit() for each in values):
        return "duration", ()
    bare = list(map(_bare, values))
    numbers = tuple(
        example
        for example, pattern in _NUMBERS.items()
        if all(re.fullmatch(pattern, each) for each in bare)
    )
    if numbers and bare != list(values):
        signed = [each for each in numbers if each != "1234.56"] or ["1,234.56"]
        if _has_groups(bare):
            # No amount of money has three decimals in every cell that has any.
            signed.sort(key=lambda each: each != "1.234,56")
        return "number", tuple(signed)
    if numbers:
        return "number", () if numbers[0] == "1234.56" and not _has_groups(bare) else numbers
    return "text", ()


def _bare(number: str) -> str:
    """The text without a currency and .- for cents, its minus in front: 5- and (5) have it too."""
    text = _CURRENCY.sub("", re.sub(r"\s", " ", number).replace("−", "-").strip())
    if match := re.fullmatch(r"\((.+)\)|(.*\d) ?-", text):
        text = "-" + (match[1] or match[2]).strip()
    return _CURRENCY.sub("", re.sub(r"[.,]-$", "", text)).strip()


def _has_groups(numbers: Sequence[str]) -> bool:
    """Whether three digits stand behind every point, as between thousands."""
    pointed = [each for each in numbers if "." in each]
    groups = re.compile(r"-?[1-9]\d{0,2}(\.\d{3})+")
    return bool(pointed) and all(groups.fullmatch(each) for each in pointed)


def is_written(text: str, pattern: str) -> bool:
    """Whether the text is a day or a time written as the pattern says, in whatever language."""
    written = [(text, pattern)]
    if NAMED_MONTH.search(pattern):
        numbered = NAMED_MONTH.sub("%m", pattern)
        written += [(each, numbered) for each in numbered_months(text)]
    return any(_is_read(*each) for each in written)


def _is_read(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True
