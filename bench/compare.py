"""Check that the floor is honest: its tables hold the product's rows, column for column."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

_SCHEMAS = ("marts", "reports")
_DECIMALS = 9


@dataclass(frozen=True)
class Agreement:
    """One table: rows on both sides, columns compared, rows that only one side has.

    ``left_out`` names the product's columns that the floor does not compute.
    """

    table: str
    floor_rows: int
    product_rows: int
    columns: int
    different: int
    left_out: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether both sides hold the same rows."""
        return self.different == 0 and self.floor_rows == self.product_rows


def compare(floor: Path, published: Path) -> list[Agreement]:
    """Compare every table of the floor with the published one of the same name, as multisets.

    Columns that both have are compared, doubles to nine decimals. Hashes of personal data compare
    only when both sides were run with the same key. The counts of the entities are compared with
    the reconciliation's.
    """
    with duckdb.connect() as database:
        database.execute(f"attach '{floor}' as floor (read_only)")
        database.execute(f"attach '{published}' as product (read_only)")
        known = {
            (row[0], row[1]): row[2]
            for row in database.execute(
                "select database_name, table_name, schema_name from duckdb_tables() "
                f"where database_name = 'floor' or schema_name in {_SCHEMAS}"
            ).fetchall()
        }
        names = sorted(
            name for where, name in known if where == "floor" and name != "entity_counts"
        )
        agreements = []
        for name in names:
            schema = known.get(("product", name))
            if schema is None:
                agreements.append(Agreement(name, _count(database, f"floor.{name}"), 0, 0, 0))
                continue
            agreements.append(_compare_table(database, name, f"product.{schema}.{name}"))
        agreements.append(_compare_entities(database))
        return agreements


def _compare_table(database: duckdb.DuckDBPyConnection, name: str, product: str) -> Agreement:
    ours = {row[0] for row in database.execute(f"describe floor.{name}").fetchall()}
    theirs = {row[0]: row[1] for row in database.execute(f"describe {product}").fetchall()}
    shared = {column: type_ for column, type_ in theirs.items() if column in ours}
    # Both sides in the product's types: equal values must not differ by their type's hash.
    cells = ", ".join(
        f"round({column}, {_DECIMALS}) as {column}"
        if type_ == "DOUBLE"
        else f"cast({column} as {type_}) as {column}"
        for column, type_ in shared.items()
    )
    return _agreement(
        database,
        name,
        f"select {cells} from floor.{name}",
        f"select {cells} from {product}",
        len(shared),
        tuple(column for column in theirs if column not in ours),
    )


def _compare_entities(database: duckdb.DuckDBPyConnection) -> Agreement:
    return _agreement(
        database,
        "entity_counts",
        "select entity, cast(rows as bigint) as rows from floor.entity_counts",
        "select scope as entity, cast(mart_total as bigint) as rows "
        "from product.trust.rpt_reconciliation where check_name = 'landed keys = modelled rows'",
        2,
    )


def _agreement(
    database: duckdb.DuckDBPyConnection,
    name: str,
    floor: str,
    product: str,
    columns: int,
    left_out: tuple[str, ...] = (),
) -> Agreement:
    (floor_rows, floor_sum), (product_rows, product_sum) = (
        _fingerprint(database, one) for one in (floor, product)
    )
    different = 0
    if (floor_rows, floor_sum) != (product_rows, product_sum):
        different = sum(
            _count(database, f"(({one}) except all ({other}))")
            for one, other in ((floor, product), (product, floor))
        )
    return Agreement(name, floor_rows, product_rows, columns, different, left_out)


def _fingerprint(database: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int]:
    """How many rows a query gives, and the sum of their 64-bit hashes: the same for the same rows.

    Millions of rows compare in one pass and little memory; only tables whose sums differ are
    compared row by row, to count the rows.
    """
    row = database.execute(
        f"select count(*), coalesce(sum(hash(one)::hugeint), 0) from ({query}) as one"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _count(database: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = database.execute(f"select count(*) from {relation}").fetchone()
    assert row is not None
    return int(row[0])
