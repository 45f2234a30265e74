"""The published tables that people export, and which rows and columns of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import duckdb

from leadhouse import sqltext as sql
from leadhouse.errors import LeadhouseError
from leadhouse.paths import MAIN_FILE, PII_FILE


@dataclass(frozen=True)
class Table:
    """A published table: the file and name, the ``day`` it is cut by, and what orders it.

    ``day`` is an SQL expression of type DATE. ``whole_months`` says that a row stands for the
    month that begins on its day, so that a period takes every month it touches. ``entity`` is the
    landed one whose id the first column of ``order`` is, and whose attributes filter the rows.
    """

    file: str
    name: str
    day: str
    order: tuple[str, ...]
    whole_months: bool = False
    entity: str | None = None


TABLES = {
    "deal-journal": Table(
        MAIN_FILE, "reports.rpt_deal_journal", "created_date", ("deal_id",), entity="deals"
    ),
    "journey": Table(
        MAIN_FILE, "reports.rpt_journey", "cast(occurred_at as date)", ("person_id", "event_no")
    ),
    "calls": Table(MAIN_FILE, "marts.fct_calls", "started_date", ("call_id",), entity="calls"),
    "channel-return": Table(
        MAIN_FILE,
        "reports.rpt_channel_return",
        "month",
        ("channel", "source", "medium", "campaign"),
        whole_months=True,
    ),
}
"""What ``leadhouse export`` offers, by name."""


@dataclass(frozen=True)
class Column:
    """A column of an exported table, with its type as DuckDB names it."""

    name: str
    type: str

    @property
    def is_text(self) -> bool:
        """Whether its values are text."""
        return self.type == "VARCHAR"

    @property
    def is_instant(self) -> bool:
        """Whether its values are instants (TIMESTAMPTZ)."""
        return self.type == "TIMESTAMP WITH TIME ZONE"

    @property
    def is_exact_number(self) -> bool:
        """Whether its values are integers or decimals."""
        return self.type.startswith("DECIMAL") or self.type.endswith(("INT", "INTEGER"))

    @property
    def holds_several(self) -> bool:
        """Whether a cell may hold several values, separated by semicolons."""
        return self.name == "tags"


@dataclass(frozen=True)
class Selection:
    """The rows to export: ``from_rows`` begins at FROM, ``parameters`` fill its question marks."""

    columns: tuple[Column, ...]
    from_rows: str
    order: str
    parameters: list[object] = field(default_factory=list)


def choose_table(export: str, pii: bool = False, date_basis: str | None = None) -> Table:
    """The table behind ``leadhouse export <export>``.

    ``pii`` and ``date_basis`` (created, outcome; D-14) are the deal journal's. Raises
    :class:`LeadhouseError` when they are asked of another table, or the names are unknown.
    """
    if export not in TABLES:
        raise LeadhouseError(f"There is no export {export!r}. There are {', '.join(TABLES)}.")
    table = TABLES[export]
    if export != "deal-journal" and (pii or date_basis):
        option = "--pii" if pii else "--date-basis"
        raise LeadhouseError(f"{option} belongs to the deal-journal; {export} has no such choice.")
    if date_basis not in (None, "created", "outcome"):
        raise LeadhouseError(f"--date-basis is {date_basis!r}. It can be created or outcome.")
    day = f"{date_basis}_date" if date_basis else table.day
    if pii:
        return replace(table, file=PII_FILE, name="pii.rpt_deal_journal", day=day)
    return replace(table, day=day)


def parse_day(option: str, text: str | None) -> date | None:
    """An inclusive bound of the period; raises :class:`LeadhouseError` unless YYYY-MM-DD."""
    if text is None:
        return None
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise LeadhouseError(
        f"{option} is {text!r}, which is not a valid date. Write it like 2024-03-01."
    )


def select_rows(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    first: date | None = None,
    last: date | None = None,
    filters: Sequence[str] = (),
    *,
    main: duckdb.DuckDBPyConnection,
) -> Selection:
    """The rows of ``table`` from ``first`` to ``last`` (both inclusive) that pass the filters.

    A filter is ``column=value``, and the column may be an attribute, which ``main`` (the file
    without personal data) has; several of one column are alternatives, several columns must all
    hold, an empty value means a cell without a value, and one of a cell's tags is enough. Rows
    without a day are in no period. Order: the day, then the ids.
    Raises :class:`LeadhouseError` for what cannot be understood.
    """
    if first and last and first > last:
        raise LeadhouseError(f"The period ends before it begins: --from {first} --to {last}.")
    columns = tuple(
        Column(str(row[0]), str(row[1]))
        for row in con.execute(f"describe select * from {table.name}").fetchall()
    )
    conditions: list[str] = []
    parameters: list[object] = []
    if first:
        conditions.append(f"{table.day} >= ?")
        parameters.append(first.replace(day=1) if table.whole_months else first)
    if last:
        conditions.append(f"{table.day} <= ?")
        parameters.append(last)
    named = {text.partition("=")[0] for text in filters}
    further = named - {column.name for column in columns}
    attributes = _attributes(main, table) if further else []
    by_column, by_attribute = _by_name(columns, attributes, filters)
    for name, values in by_attribute.items():
        conditions.append(f"({' or '.join(_has_attribute(table, values))})")
        parameters += _ids_with_attribute(main, table, name, values)
    for column, values in by_column.items():
        alternatives = []
        for value in values:
            if value == "":
                alternatives.append(f"{sql.name(column.name)} is null")
                continue
            kind = "DECIMAL(38, 10)" if column.is_exact_number else column.type
            _assert_readable(con, column, kind, value)
            alternatives.append(f"{sql.name(column.name)} = cast(? as {kind})")
            parameters.append(value)
            if column.holds_several:
                alternatives.append(
                    f"list_contains(regexp_split_to_array({sql.name(column.name)}, ' *; *'), ?)"
                )
                parameters.append(value)
        conditions.append(f"({' or '.join(alternatives)})")
    where = f" where {' and '.join(conditions)}" if conditions else ""
    order = ", ".join(
        f"{expression} nulls last" for expression in (table.day, *map(sql.name, table.order))
    )
    return Selection(columns, f"from {table.name}{where}", order, parameters)


def _attributes(main: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """The names of the further columns that mapping files brought for the table's entity."""
    rows = main.execute(
        "select distinct name from marts.fct_attributes where entity = ? order by name",
        [table.entity],
    ).fetchall()
    return [str(row[0]) for row in rows]


def _has_attribute(table: Table, values: Sequence[str]) -> list[str]:
    """A condition for each value, to be filled by :func:`_ids_with_attribute`."""
    ids = "in (select unnest(cast(? as varchar[])))"
    here = sql.name(table.order[0])
    return [f"{here} {'not ' if value == '' else ''}{ids}" for value in values]


def _ids_with_attribute(
    main: duckdb.DuckDBPyConnection, table: Table, name: str, values: Sequence[str]
) -> list[object]:
    """For each value the ids that have it; for an empty one those that have any."""
    return [
        [
            row[0]
            for row in main.execute(
                "select id from marts.fct_attributes "
                "where entity = ? and name = ? and (value = ? or ? = '')",
                [table.entity, name, value, value],
            ).fetchall()
        ]
        for value in values
    ]


def _by_name(
    columns: Sequence[Column], attributes: Sequence[str], filters: Sequence[str]
) -> tuple[dict[Column, list[str]], dict[str, list[str]]]:
    """The values to filter by, of columns and of attributes; a column comes before its namesake."""
    known = {column.name: column for column in columns}
    by_column: dict[Column, list[str]] = {}
    by_attribute: dict[str, list[str]] = {}
    for text in filters:
        name, equals, value = text.partition("=")
        if not equals:
            raise LeadhouseError(f"--filter {text!r} has no `=`. Write it like source=google.")
        if name in known:
            by_column.setdefault(known[name], []).append(value)
        elif name in attributes:
            by_attribute.setdefault(name, []).append(value)
        else:
            names = [*known, *attributes]
            near = difflib.get_close_matches(name, names, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise LeadhouseError(
                f"--filter names a column {name!r}, which the table does not have.{hint} "
                f"It has {', '.join(names)}."
            )
    return by_column, by_attribute


def _assert_readable(con: duckdb.DuckDBPyConnection, column: Column, kind: str, value: str) -> None:
    readable = con.execute(f"select try_cast(? as {kind}) is not null", [value]).fetchall()
    if not readable[0][0]:
        raise LeadhouseError(
            f"--filter {column.name}={value}: {column.name} is {column.type}, and this is none."
        )
