"""The published tables that people export, and which rows and columns of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb

from leadhouse import sqltext as sql
from leadhouse.errors import LeadhouseError
from leadhouse.paths import MAIN_FILE, PII_FILE

SHORT_NAMES = {
    "deal-journal": "reports.rpt_deal_journal",
    "journey": "reports.rpt_journey",
    "calls": "marts.fct_calls",
    "channel-return": "reports.rpt_channel_return",
    "leads": "marts.fct_leads",
    "tasks": "marts.fct_tasks",
    "scorecard": "reports.rpt_scorecard",
    "missed-calls": "reports.rpt_missed_calls",
    "attribution": "reports.rpt_attribution",
    "costs": "marts.fct_cost_allocations",
    "offline-conversions": "pii.rpt_offline_conversions",
    "pipeline-daily": "reports.rpt_pipeline_daily",
    "forecast": "reports.rpt_forecast",
}
"""What people call the tables that they export most."""

_DATE_BASES = ("created", "outcome")
"""The days of the deal journal."""

_ENTITIES = {
    "contact_id": "contacts",
    "deal_id": "deals",
    "call_id": "calls",
    "enquiry_id": "enquiries",
}
"""The landed entity whose id a column is."""

_PII_SCHEMA = "pii"
_NEAREST = 5
_TEXT_NEARNESS = "jaro_winkler_similarity(lower({}), lower(?)) desc"


@dataclass(frozen=True)
class Table:
    """A published table as DuckDB describes it; ``day`` is the column it is cut by, if any."""

    file: str
    schema: str
    name: str
    columns: tuple[Column, ...]
    day: Column | None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def title(self) -> str:
        """The name, as long as the name of a sheet may be."""
        return self.name[:31]

    @property
    def entity(self) -> str | None:
        """The landed entity whose id the first column is, and whose attributes filter the rows."""
        return _ENTITIES.get(self.columns[0].name)

    @property
    def day_of_rows(self) -> str | None:
        """The day that a period is about, as an SQL expression."""
        return f"cast({sql.name(self.day.name)} as date)" if self.day else None

    @property
    def unit(self) -> str:
        """SQL of what a row stands for from its day on (a month): a period takes it whole."""
        name = self.day.name if self.day else ""
        if name == "period_start":
            # A row of all days has no day, and is in no period.
            return "nullif(period_type, 'all')"
        named = re.search("(?:^|_)(week|month)(?:_start)?$", name)
        return f"'{named[1]}'" if named else "'day'"


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


def choose_table(
    con: duckdb.DuckDBPyConnection,
    export: str,
    pii: bool = False,
    date_basis: str | None = None,
) -> Table:
    """The table of ``con`` behind ``leadhouse export <export>``.

    ``export`` is a short name or a table, with its schema or without; ``con`` is the file with
    personal data when ``pii``, which has its own table of the same name. A period cuts a table by
    its first day, else by its first instant; ``date_basis`` (created, outcome) is the deal
    journal's. Raises :class:`LeadhouseError` for a table that is not there, and for a choice that
    it does not have.
    """
    asked = SHORT_NAMES.get(export, export)
    schema, _, name = asked.rpartition(".")
    if schema == _PII_SCHEMA and not pii:
        raise LeadhouseError(f"{asked} holds personal data. Add --pii if you may export it.")
    tables = published_tables(con)
    found = [(s, n) for s, n in tables if n == name and (pii or schema in ("", s))]
    if not found:
        names = [f"{s}.{n}" for s, n in tables]
        raise LeadhouseError(_no_table(export, names, pii))
    if date_basis and name != "rpt_deal_journal":
        raise LeadhouseError(
            f"--date-basis belongs to the deal-journal; {export} has no such choice."
        )
    if date_basis not in (None, *_DATE_BASES):
        raise LeadhouseError(
            f"--date-basis is {date_basis!r}. It can be {' or '.join(_DATE_BASES)}."
        )
    columns = _columns(con, *found[0])
    days = [column for column in columns if column.type == "DATE"]
    instants = [column for column in columns if column.is_instant]
    if date_basis:
        days = [column for column in days if column.name == f"{date_basis}_date"]
    return Table(
        PII_FILE if pii else MAIN_FILE, *found[0], columns, next(iter(days + instants), None)
    )


def published_tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of every table of an opened file."""
    return con.execute(
        "select schema_name, table_name from duckdb_tables() where not internal order by all"
    ).fetchall()


def _no_table(export: str, names: Sequence[str], pii: bool) -> str:
    if export in SHORT_NAMES and not pii:
        return (
            f"The published build has no {SHORT_NAMES[export]}: it was published by another "
            "version of Leadhouse. Run `leadhouse run` to publish a new one."
        )
    if pii:
        return f"{export} has no version with personal data. --pii is for {', '.join(names)}."
    near = difflib.get_close_matches(
        export, [*SHORT_NAMES, *names, *(name.partition(".")[2] for name in names)], n=3
    )
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return (
        f"There is no published table {export!r}.{hint} There are {', '.join(SHORT_NAMES)} and "
        'every table that `leadhouse sql "show all tables"` lists.'
    )


def _columns(con: duckdb.DuckDBPyConnection, schema: str, name: str) -> tuple[Column, ...]:
    rows = con.execute(
        "select column_name, data_type from duckdb_columns() "
        "where schema_name = ? and table_name = ? order by column_index",
        [schema, name],
    ).fetchall()
    return tuple(Column(*row) for row in rows)


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
    without a day are in no period. Order: the day, then the columns as they stand.
    Raises :class:`LeadhouseError` for what cannot be understood or occurs in no row.
    """
    if first and last and first > last:
        raise LeadhouseError(f"The period ends before it begins: --from {first} --to {last}.")
    if (first or last) and not table.day:
        raise LeadhouseError(f"{table} has no days. Leave out --from and --to.")
    columns = table.columns
    conditions: list[str] = []
    parameters: list[object] = []
    if first:
        conditions.append(f"{table.day_of_rows} >= date_trunc({table.unit}, cast(? as date))")
        parameters.append(first)
    if last:
        conditions.append(f"{table.day_of_rows} <= ?")
        parameters.append(last)
    named = {text.partition("=")[0] for text in filters}
    further = named - {column.name for column in columns}
    attributes = _attributes(main, table) if further else []
    by_column, by_attribute = _by_name(columns, attributes, filters)
    for name, values in by_attribute.items():
        conditions.append(f"({' or '.join(_has_attribute(table, values))})")
        parameters += [_ids_with_attribute(main, table, name, value) for value in values]
    for column, values in by_column.items():
        alternatives = []
        for value in values:
            if value:
                given = f"--filter {column.name}={value}"
                condition, filling = occurring(con, main, table, column, value, given)
            else:
                condition, filling = f"{sql.name(column.name)} is null", []
            alternatives.append(condition)
            parameters += filling
        conditions.append(f"({' or '.join(alternatives)})")
    where = f" where {' and '.join(conditions)}" if conditions else ""
    order = ", ".join(
        f"{expression} nulls last"
        for expression in (
            *([table.day_of_rows] if table.day_of_rows else []),
            *(sql.name(column.name) for column in columns),
        )
    )
    return Selection(columns, f"from {table}{where}", order, parameters)


def occurring(
    con: duckdb.DuckDBPyConnection,
    main: duckdb.DuckDBPyConnection,
    table: Table,
    column: Column,
    value: str,
    given: str,
) -> tuple[str, list[object]]:
    """The condition that a cell is ``value``, and what fills its question marks.

    Raises :class:`LeadhouseError`, about what was ``given``, for a value that is not of the
    column's type, and for one that no row of the table has, whatever the period: it is a slip.
    Names the nearest ones, but no value that only the file with personal data has.
    """
    condition, filling = _equals(con, column, value, given)
    if con.execute(f"select 1 from {table} where {condition} limit 1", filling).fetchall():
        return condition, filling
    is_open = (
        table.file == MAIN_FILE
        or main.execute(
            "select 1 from duckdb_columns() where table_name = ? and column_name = ?",
            [table.name, column.name],
        ).fetchall()
    )
    cell = sql.name(column.name)
    if column.holds_several:
        cell = f"unnest(regexp_split_to_array({cell}, ' *; *'))"
    known = f"select distinct {cell} as known from {table}" if is_open else "select null as known"
    if column.is_text:
        nearness = _TEXT_NEARNESS.format("known")
    elif column.type == "BOOLEAN":
        nearness = "known = cast(? as boolean)"
    elif column.type == "DATE" or column.is_instant:
        nearness = "abs(epoch(known) - epoch(cast(? as timestamptz)))"
    else:
        nearness = "abs(known - cast(? as double))"
    near = con.execute(
        f"select cast(known as varchar) from ({known}) where known is not null "
        f"order by {nearness}, known limit {_NEAREST}",
        [value],
    ).fetchall()
    raise _no_such_value(given, [str(row[0]) for row in near])


def _equals(
    con: duckdb.DuckDBPyConnection, column: Column, value: str, given: str
) -> tuple[str, list[object]]:
    cell = sql.name(column.name)
    kind = "DECIMAL(38, 10)" if column.is_exact_number else column.type
    readable = con.execute(f"select try_cast(? as {kind}) is not null", [value]).fetchall()
    if not readable[0][0]:
        raise LeadhouseError(f"{given}: {column.name} is {column.type}, and {value!r} is not.")
    if column.holds_several:
        parts = f"regexp_split_to_array({cell}, ' *; *')"
        return f"({cell} = ? or list_contains({parts}, ?))", [value, value]
    return f"{cell} = cast(? as {kind})", [value]


def _no_such_value(given: str, near: Sequence[str]) -> LeadhouseError:
    hint = f" The nearest that occur: {', '.join(near)}." if near else ""
    return LeadhouseError(f"{given}: no row has this value.{hint}")


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
    here = sql.name(table.columns[0].name)
    return [f"{here} {'not ' if value == '' else ''}{ids}" for value in values]


def _ids_with_attribute(
    main: duckdb.DuckDBPyConnection, table: Table, name: str, value: str
) -> list[str]:
    """The ids that have this value of the attribute; for an empty one those that have any."""
    rows = main.execute(
        "select id from marts.fct_attributes "
        "where entity = ? and name = ? and (value = ? or ? = '')",
        [table.entity, name, value, value],
    ).fetchall()
    if not rows:
        near = main.execute(
            "select distinct value from marts.fct_attributes where entity = ? and name = ? "
            f"order by {_TEXT_NEARNESS.format('value')}, value limit {_NEAREST}",
            [table.entity, name, value],
        ).fetchall()
        raise _no_such_value(f"--filter {name}={value}", [str(row[0]) for row in near])
    return [str(row[0]) for row in rows]


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
