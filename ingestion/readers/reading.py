"""What all readers share: what they are given, what they give, and how columns are named."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadhouse import sqltext as sql
from leadhouse.errors import RefusedFile

_LONGEST_LINE = 2_000_000
_NAMELESS = re.compile(r"\(column [0-9]+\)")


@dataclass(frozen=True)
class Source:
    """A delivered file as readers are given it.

    ``path`` has no character that the database takes for a pattern, ``shown_as`` is the file's name
    in messages, ``scratch`` a folder for copies. ``expected`` are the columns, folded, that the
    file should have. ``sheet`` is the worksheet that a mapping names, ``entity`` the one to look
    for otherwise.
    """

    path: Path
    shown_as: str
    format: str
    entity: str
    expected: frozenset[str]
    scratch: Path
    compressed: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Reading:
    """A way to read a file: one relation, not yet read.

    ``relation`` is SQL of a table with ``_row`` (physical line or row), ``_end`` (the line where
    the record ends), ``_reject`` (why the row cannot be read, or NULL), ``_raw`` (JSON of such a
    row) and one VARCHAR column ``s0``, ``s1``, ... per name in ``columns``. What was counted
    without the database's reader is ``records``, or, where only lines can be counted, ``lines``.
    """

    relation: str
    columns: tuple[str, ...]
    records: int | None
    lines: int | None = None


def folded(name: str) -> str:
    """A column name as names are compared: without case and surrounding blanks."""
    return name.strip(sql.BLANKS).casefold()


def is_nameless(name: str) -> bool:
    """Whether :func:`column_names` made that name for a column without one."""
    return _NAMELESS.fullmatch(name) is not None


def column_names(names: Sequence[str], shown_as: str) -> tuple[str, ...]:
    """The header's names without surrounding blanks; nameless columns get their position.

    Raises :class:`RefusedFile` when two columns have the same name.
    """
    result = tuple(
        name.strip(sql.BLANKS).replace("\0", "") or f"(column {at})"
        for at, name in enumerate(names, 1)
    )
    seen: dict[str, str] = {}
    for name in result:
        if folded(name) in seen:
            raise RefusedFile(
                f"{shown_as} has two columns named {name!r}. Rename or remove one of them.", name
            )
        seen[folded(name)] = name
    return result


def lines_of(path: Path) -> io.TextIOWrapper:
    """A text stream that ends lines at LF alone, as physical lines are counted."""
    return io.TextIOWrapper(path.open("rb"), encoding="utf-8-sig", newline="\n")


def normalised(records: Iterable[list[Any]], names: tuple[str, ...], scratch: Path) -> Reading:
    """The reading of records (row, end, reject, raw, cells), written as a CSV of quoted cells."""
    target = scratch / "records.csv"
    count = 0
    longest = 0
    width = 4 + len(names)
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
    types |= dict.fromkeys(cells, "VARCHAR")
    spec = ", ".join(f"{sql.text(column)}: '{kind}'" for column, kind in types.items())
    limit = max(_LONGEST_LINE, 8 * longest + 1000)
    relation = (
        f"select * from read_csv({sql.text(str(target))}, auto_detect = false, header = false, "
        f"columns = {{{spec}}}, delim = ',', quote = '\"', escape = '\"', strict_mode = true, "
        f"nullstr = '', new_line = '\\n', max_line_size = {limit}, compression = 'none')"
    )
    return Reading(relation, names, count)


def lost_digits(column: str, stored_as: str, instead: str) -> str:
    """A reject that names its column: name, unit separator, reason."""
    return (
        f"{column}\x1f{column}: the value is stored as {stored_as} of 16 or more digits and has "
        f"lost some of them. Format the column as {instead} and export it again"
    )
