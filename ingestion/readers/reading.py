"""What all readers share: what they are given, what they give, and how columns are named."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadhouse import sqltext as sql

_LONGEST_LINE = 2_000_000
NUMBER = "n"
PERCENT = "p"
MOMENT = "m"
INSTANT = "i"
LENGTH = "l"
LIST = "a"
TEXT = " "
"""Kinds of cells in files that have types: a number, one that is shown as a percentage, a local
date or time, an instant with its offset, a length of time, a list; everything else is text."""

TECHNICAL = "_row, _end, _reject, _raw, _kinds"

_WIDE = 0.7
"""A header may lack some names."""

HEADER_WITHIN = 30
"""The header is among so many first lines."""

_NAMELESS = re.compile(r"\(column [0-9]+\)")


@dataclass(frozen=True)
class Source:
    """A delivered file as readers are given it.

    ``path`` has no character that the database takes for a pattern, ``shown_as`` is the file's name
    in messages, ``scratch`` a folder for copies. ``expected`` are the columns, folded, that the
    file should have, ``required`` those without which a line is not its header (``None`` for an
    unknown file). ``sheet`` is the worksheet that a mapping names, ``entity`` the one
    to look for otherwise. ``skip`` lines are left out at the top; ``header`` is the line
    that a mapping names as the header, or the names themselves where the file has none. ``down``
    are the columns, folded, whose value holds for the empty cells below it; ``None`` where nobody
    asks for what merged cells mean.
    """

    path: Path
    shown_as: str
    format: str
    entity: str
    expected: frozenset[str]
    required: frozenset[str] | None
    scratch: Path
    compressed: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    skip: int = 0
    header: int | tuple[str, ...] | None = None
    down: frozenset[str] | None = None


@dataclass(frozen=True)
class Reading:
    """A way to read a file: one relation, not yet read.

    ``relation`` is SQL of a table with ``_row`` (physical line or row), ``_end`` (the line where
    the record ends), ``_reject`` (why the row cannot be read, or NULL), ``_raw`` (JSON of such a
    row), ``_kinds`` (a letter per column, see :data:`NUMBER`, or NULL) and one VARCHAR column
    ``s0``, ``s1``, ... per name in ``columns``. What was counted without the database's reader is
    ``records``, or, where only lines can be counted, ``lines``. ``preamble`` are the rows
    above the header, which stands in line ``header`` if it is a line; ``typed`` says whether
    ``_kinds`` is ever filled. Columns at the places ``parts`` hold what lies inside others, those
    at ``opened`` are read through such parts alone. ``sheets`` are the one of a workbook that is
    read, and its other visible ones.
    """

    relation: str
    columns: tuple[str, ...]
    records: int | None
    lines: int | None = None
    preamble: int = 0
    typed: bool = False
    header: int | None = None
    parts: tuple[int, ...] = ()
    opened: frozenset[int] = frozenset()
    sheets: tuple[str, ...] = ()


def json_kind(type_: str) -> str:
    """SQL of the kind of a value in JSON, by what the database calls its type."""
    numbers = sql.texts(("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE"))
    return (
        f"case when {type_} in ({numbers}) then {sql.text(NUMBER)} "
        f"when {type_} = 'ARRAY' then {sql.text(LIST)} else {sql.text(TEXT)} end"
    )


def folded(name: str) -> str:
    """A column name as names are compared: cleaned, without case."""
    return sql.cleaned(name).casefold()


def is_nameless(name: str) -> bool:
    """Whether :func:`column_names` made that name for a column without one."""
    return _NAMELESS.fullmatch(name) is not None


def column_names(names: Sequence[str]) -> tuple[str, ...]:
    """The header's names, cleaned; nameless and further ones of a name get their position."""
    result: list[str] = []
    seen: set[str] = set()
    for at, name in enumerate(names, 1):
        shown = sql.cleaned(name).replace("\0", "")
        if not shown or folded(shown) in seen:
            shown = f"{shown} (column {at})".lstrip()
        seen.add(folded(shown))
        result.append(shown)
    return tuple(result)


def twins(columns: Sequence[str]) -> frozenset[str]:
    """The names, folded, that more than one column of :func:`column_names` has."""
    names = set(map(folded, columns))
    numbered = (folded(name).removesuffix(f" (column {at})") for at, name in enumerate(columns, 1))
    return frozenset(
        bare
        for bare, name in zip(numbered, columns, strict=True)
        if bare != folded(name) and bare in names
    )


def place_of(name: str, columns: Collection[str]) -> tuple[str, list[str]] | None:
    """Which of the folded ``columns`` has that name, or holds what a path such as a.b names.

    Gives the column and the steps inside it.
    """
    if folded(name) in columns:
        return folded(name), []
    steps = name.split(".")
    for at in range(len(steps) - 1, 0, -1):
        if (column := folded(".".join(steps[:at]))) in columns:
            return column, [step.strip() for step in steps[at:]]
    return None


def is_header(names: Sequence[str], source: Source) -> bool:
    """Whether a line has all the columns without which it is not the header."""
    if source.required is None:
        return False
    columns = set(map(folded, names))
    return all(place_of(name, columns) is not None for name in source.required)


def expected_among(names: Sequence[str], source: Source) -> int:
    """How many of a line's cells are names of columns that the file should have.

    In an unknown file, one may be chance.
    """
    hits = sum(folded(name) in source.expected for name in names)
    return hits if source.required is not None or hits > 1 else 0


def is_wide(names: Sequence[str], rows: Iterable[Sequence[str]]) -> bool:
    """Whether about as many cells of a line are filled as of the fullest row: it is no title."""
    widest = max(map(_filled_cells, rows), default=0)
    return _filled_cells(names) >= _WIDE * widest


def _filled_cells(cells: Sequence[str]) -> int:
    return sum(bool(sql.cleaned(cell)) for cell in cells)


def lines_of(path: Path) -> io.TextIOWrapper:
    """A text stream that ends lines at LF alone, as physical lines are counted."""
    return io.TextIOWrapper(path.open("rb"), encoding="utf-8-sig", newline="\n")


def normalised(
    records: Iterable[list[Any]],
    names: tuple[str, ...],
    scratch: Path,
    preamble: int = 0,
    typed: bool = False,
) -> Reading:
    """The reading of records (row, end, reject, raw, kinds, cells), written as quoted cells."""
    target = scratch / "records.csv"
    count = 0
    longest = 0
    width = 5 + len(names)
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for record in records:
            if len(record) != width:
                raise AssertionError("a normalised record has its own width")
            longest = max(longest, sum(len(cell) for cell in record if isinstance(cell, str)))
            writer.writerow(record)
            count += 1
    cells = [f"s{at}" for at in range(len(names))]
    types = {"_row": "BIGINT", "_end": "BIGINT", "_reject": "VARCHAR", "_raw": "VARCHAR"}
    types["_kinds"] = "VARCHAR"
    types |= dict.fromkeys(cells, "VARCHAR")
    spec = ", ".join(f"{sql.text(column)}: '{kind}'" for column, kind in types.items())
    limit = max(_LONGEST_LINE, 8 * longest + 1000)
    relation = (
        f"select * from read_csv({sql.text(str(target))}, auto_detect = false, header = false, "
        f"columns = {{{spec}}}, delim = ',', quote = '\"', escape = '\"', strict_mode = true, "
        f"nullstr = '', new_line = '\\n', max_line_size = {limit}, compression = 'none')"
    )
    return Reading(relation, names, count, preamble=preamble, typed=typed)


def lost_digits(column: str, stored_as: str, instead: str) -> str:
    """A reject that names its column: name, unit separator, reason."""
    return (
        f"{column}\x1f{column}: the value is stored as {stored_as} of 16 or more digits and has "
        f"lost some of them. Format the column as {instead} and export it again"
    )
