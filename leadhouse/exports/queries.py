"""The answers to SQL that people ask of the published file."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator

import click
import duckdb

from leadhouse.database import explain, open_published
from leadhouse.errors import LeadhouseError
from leadhouse.paths import MAIN_FILE, PII_FILE
from leadhouse.settings import Settings

FORMATS = ("table", "csv", "json")
_EVERY_ROW = 2**31


def answer(settings: Settings, query: str, kind: str, width: int, pii: bool = False) -> None:
    """Write what the query finds in the published file to standard output.

    ``kind`` is of :data:`FORMATS`. A table shows the answer of each statement, cut to ``width``
    characters; csv and json hold the answer of one, times being local in LEADHOUSE_TIMEZONE.
    ``pii`` asks the file with personal data. Raises :class:`LeadhouseError` for a query that
    cannot be answered.
    """
    with open_published(settings, PII_FILE if pii else MAIN_FILE) as con:
        try:
            found = list(_relations(con, query, several=kind == "table"))
            for relation in found:
                if kind == "table":
                    relation.show(max_width=width, max_rows=_EVERY_ROW)
                elif kind == "csv":
                    _write_csv(relation)
                else:
                    _write_json(relation)
        except duckdb.Error as error:
            if explain(error, settings):
                raise
            raise LeadhouseError(str(error).strip()) from error


def _relations(
    con: duckdb.DuckDBPyConnection, query: str, several: bool
) -> Iterator[duckdb.DuckDBPyRelation]:
    statements = con.extract_statements(query)
    if not statements:
        raise LeadhouseError('There is no query. Write one: leadhouse sql "from trust.rpt_run"')
    if len(statements) > 1 and not several:
        raise LeadhouseError(
            f"csv and json hold one answer, and these are {len(statements)} statements. "
            "Ask them one by one."
        )
    for statement in statements:
        relation = con.sql(statement.query)
        if relation is not None:
            yield relation


def _write_csv(relation: duckdb.DuckDBPyRelation) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(relation.columns)
    writer.writerows(relation.project("cast(columns(*) as varchar)").fetchall())


def _write_json(relation: duckdb.DuckDBPyRelation) -> None:
    rows = relation.set_alias("answer").project("cast(to_json(answer) as varchar)").fetchall()
    click.echo("[\n" + ",\n".join(row for (row,) in rows) + "\n]")
