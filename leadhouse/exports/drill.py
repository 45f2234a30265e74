"""The keys behind a cell of a report, by the published macro of that report."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import duckdb

from leadhouse import sqltext as sql
from leadhouse.database import open_published
from leadhouse.errors import LeadhouseError
from leadhouse.exports.tables import choose_table, occurring
from leadhouse.settings import Settings

PREFIX = "drill_"
NONE = "(none)"
"""Stands for cells without a value."""


def drills(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The reports of an opened build that can be drilled into, and the columns of their grain."""
    found = con.execute(
        "select function_name, parameters from duckdb_functions() "
        "where schema_name = 'reports' and starts_with(function_name, ?) order by all",
        [PREFIX],
    ).fetchall()
    return {name.removeprefix(PREFIX): list(parameters) for name, parameters in found}


def drill_query(
    settings: Settings, report: str, cell: Sequence[str], measure: str | None = None
) -> str:
    """The query for the keys behind a cell of ``report`` (its name, with or without ``rpt_``).

    ``cell`` holds ``column=value`` for columns of the report's grain; one that is left out may have
    any value. ``measure`` keeps the keys of one measure. Raises :class:`LeadhouseError` for an
    unknown report, column or measure, and for a value that no row of the report has.
    """
    with open_published(settings) as con:
        known = drills(con)
        name = report.removeprefix("reports.").removeprefix("rpt_")
        if name not in known:
            raise LeadhouseError(_unknown("report", report, list(known)))
        table = choose_table(con, f"reports.rpt_{name}")
        columns = {column.name: column for column in table.columns}
        asked = []
        for each in cell:
            column, is_given, value = each.partition("=")
            if not is_given:
                raise LeadhouseError(f"{each!r} is no COLUMN=VALUE, such as {known[name][0]}=...")
            if column not in known[name]:
                raise LeadhouseError(_unknown(f"column of {report}'s grain", column, known[name]))
            written = sql.text(value)
            if value != NONE:
                occurring(con, con, table, columns[column], value, each)
                # The macro compares texts: 2024-3-1 is asked for as it is shown.
                written = f"cast({written} as {columns[column].type})"
            asked.append(f"{column} := {written}")
        if measure:
            measures = _measures(con, f"{PREFIX}{name}", list(columns))
            if measure not in measures:
                raise LeadhouseError(_unknown(f"column of {report}", measure, measures))
    kept = f" where measure = {sql.text(measure)}" if measure else ""
    return f"select * from reports.{PREFIX}{name}({', '.join(asked)}){kept} order by all"


def _measures(con: duckdb.DuckDBPyConnection, macro: str, columns: list[str]) -> list[str]:
    """The columns that the macro has keys for, or would have if anything were counted in them."""
    [(definition,)] = con.execute(
        "select any_value(macro_definition) from duckdb_functions() "
        "where schema_name = 'reports' and function_name = ?",
        [macro],
    ).fetchall()
    counted = con.execute(f"select distinct measure from reports.{macro}()").fetchall()
    return [name for name in columns if sql.text(name) in definition or (name,) in counted]


def _unknown(what: str, given: str, known: list[str]) -> str:
    near = difflib.get_close_matches(given, known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"{given} is no {what} that can be drilled into.{hint} There are {', '.join(known)}."
