"""The tables of two builds, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from leadhouse import sqltext as sql
from leadhouse.catalogue import Manifest, Node, key_of, table_of

BEFORE = "before"
"""The database that another build is attached as, beside the one in use."""

_NUMBERS = ("bigint", "integer", "double", "decimal")


@dataclass(frozen=True)
class Comparison:
    """A table that both builds have: its ``key``, and the ``values`` that both can show.

    ``types`` has the type of each column, by name, in the table's order.
    """

    table: str
    key: tuple[str, ...]
    types: Mapping[str, str]
    values: tuple[str, ...]

    def changed_cells(self, only: str = "true", more: Mapping[str, str] | None = None) -> str:
        """SQL of the cells that differ, of the rows of either build for which ``only`` holds.

        Columns: ``key`` in words, ``cell`` (name, old, new, by: the difference of numbers), and
        for each name of ``more`` its expression over a row.
        """
        named = {name: sql.name(name) for name in (*self.key, *self.values)}
        same = " and ".join(
            f"new.{named[name]} is not distinct from old.{named[name]}" for name in self.key
        )
        shown = " || ', ' || ".join(
            f"'{name} ' || coalesce(cast(coalesce(new.{named[name]}, old.{named[name]}) as "
            "varchar), 'NULL')"
            for name in self.key
        )
        cells = ", ".join(
            f"{{'name': {sql.text(name)}, 'old': cast(old.{named[name]} as varchar), "
            f"'new': cast(new.{named[name]} as varchar), "
            f"'by': {_difference(named[name], self.types[name])}}}"
            for name in self.values
        )
        changed = " or ".join(
            f"new.{named[name]} is distinct from old.{named[name]}" for name in self.values
        )
        further = {f"_{name}": expression for name, expression in (more or {}).items()}
        told = "".join(f", {said} as {sql.name(name)}" for name, said in further.items())
        rows = f"(select *{told} from {{}}{self.table} where {only})"
        carried = "".join(
            f", coalesce(new.{sql.name(f'_{name}')}, old.{sql.name(f'_{name}')}) as "
            f"{sql.name(name)}"
            for name in more or {}
        )
        return (
            f"select * from (select {shown} as key, unnest([{cells}]) as cell{carried} "
            f"from {rows.format('')} as new full join {rows.format(f'{BEFORE}.')} as old "
            f"on {same} where {changed}) where cell.old is distinct from cell.new"
        )


def comparison(
    con: duckdb.DuckDBPyConnection, manifest: Manifest, model: Node
) -> Comparison | None:
    """How to compare a model's table; None where the build before has not its key or no value."""
    schema, name = str(model["schema"]), str(model["alias"])
    key = key_of(manifest, model)
    types = {column: said["data_type"] for column, said in model["columns"].items()}
    known = {
        column
        for (column,) in con.execute(
            "select column_name from duckdb_columns() where database_name = ? "
            "and schema_name = ? and table_name = ?",
            [BEFORE, schema, name],
        ).fetchall()
    }
    values = tuple(column for column in types if column in known and column not in key)
    if not values or not key or not known.issuperset(key):
        return None
    return Comparison(table_of(model), tuple(key), types, values)


def is_number(data_type: str) -> bool:
    """Whether values of that type can be subtracted from each other."""
    return data_type.split("(")[0] in _NUMBERS


def _difference(column: str, data_type: str) -> str:
    if not is_number(data_type):
        return "cast(null as decimal(38, 6))"
    sides = (f"coalesce(cast({side}.{column} as decimal(38, 6)), 0)" for side in ("new", "old"))
    return " - ".join(sides)
