"""Two builds compared: every table of the published files, column for column, row for row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from leadhouse import sqltext as sql
from leadhouse.catalogue import Manifest, key_of, published
from leadhouse.paths import MAIN_FILE, PII_FILE

MOST = 3
"""Differences that are told of one column."""

OF_THE_RUN = frozenset({"finished_at", "published_at"})
"""When a build ended is not the same twice."""


@dataclass(frozen=True)
class Compared:
    """A table of both builds, its rows, and what is not the same in words."""

    table: str
    rows: int
    differences: tuple[str, ...]


def compare(manifest: Manifest, one: Path, other: Path) -> Iterator[Compared]:
    """Compare the candidates in the two folders; ``one`` is DuckDB's, ``other`` is Spark's."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        for engine, folder in (("duckdb", one), ("spark", other)):
            for file in (MAIN_FILE, PII_FILE):
                name = f"{Path(file).stem}_{engine}"
                con.execute(f"attach {sql.text(str(folder / file))} as {name} (read_only)")
        for model in published(manifest):
            rest = f".{sql.name(model['schema'])}.{sql.name(model['alias'])}"
            relations = [f"{model['database']}_{engine}{rest}" for engine in ("duckdb", "spark")]
            key = key_of(manifest, model)
            rows = con.execute(f"select count(*) from {relations[0]}").fetchall()[0][0]
            told = tuple(differences(con, relations[0], relations[1], key))
            yield Compared(f"{model['schema']}.{model['alias']}", rows, told)


def differences(
    con: duckdb.DuckDBPyConnection, one: str, other: str, key: list[str]
) -> Iterator[str]:
    """What is not the same in ``one``, which is DuckDB's, and in ``other``, told by ``key``."""
    types = [dict(row[:2] for row in con.execute(f"describe {t}").fetchall()) for t in (one, other)]
    for column in types[0].keys() | types[1].keys():
        if types[0].get(column) != types[1].get(column):
            yield f"{column} is {types[0].get(column)} on DuckDB, {types[1].get(column)} on Spark"
    columns = [name for name in types[0] if name in types[1] and name not in OF_THE_RUN]
    listed = ", ".join(map(sql.name, columns))
    alone = [
        con.execute(
            f"select count(*) from (select {listed} from {left} "
            f"except all select {listed} from {right})"
        ).fetchall()[0][0]
        for left, right in ((one, other), (other, one))
    ]
    if not any(alone):
        return
    yield f"{alone[0]} rows are DuckDB's alone, {alone[1]} are Spark's"
    if not key:
        return
    on = " and ".join(
        f"one.{sql.name(name)} is not distinct from other.{sql.name(name)}" for name in key
    )
    named = ", ".join(f"one.{sql.name(name)}" for name in key)
    for column in (name for name in columns if name not in key):
        name = sql.name(column)
        unlike = con.execute(
            f"select {named}, one.{name}, other.{name} from {one} as one "
            f"join {other} as other on {on} where one.{name} is distinct from other.{name} "
            f"order by all limit {MOST}"
        ).fetchall()
        for *at, mine, theirs in unlike:
            where = ", ".join(f"{k} {v!s}" for k, v in zip(key, at, strict=True))
            yield f"{where}: {column} is {mine!r} on DuckDB, {theirs!r} on Spark"
    for left, right, engine in ((one, other, "DuckDB"), (other, one, "Spark")):
        lonely = con.execute(
            f"select {named} from {left} as one where not exists "
            f"(from {right} as other where {on}) order by all limit {MOST}"
        ).fetchall()
        for at in lonely:
            where = ", ".join(f"{k} {v!s}" for k, v in zip(key, at, strict=True))
            yield f"{where} is on {engine} only"
