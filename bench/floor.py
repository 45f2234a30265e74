"""Run the floor: ``python -m bench.floor DROP OUTPUT AS_OF`` runs floor.sql over a demo company.

The floor is how fast DuckDB alone does the heavy part of the work: a hand-written script that
reads every file of the demo company and makes the tables in ``TABLES``, in the shapes that cost
time. It is no second implementation of the rules, which is tests/reference; that it does the same
work shows in its tables having as many rows as the product's.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from bench.product import PII_KEY
from leadhouse.database import connect
from leadhouse.paths import PROJECT_ROOT

SCRIPT = Path(__file__).with_name("floor.sql")
TABLES = (
    *("dim_contacts", "fct_contact_acquisition", "fct_sessions", "fct_calls"),
    *("fct_source_candidates", "fct_deals", "fct_ad_spend", "rpt_channel_performance"),
)
"""The published tables that the floor makes too."""


def run_floor(drop: Path, output: Path, as_of: str) -> None:
    """Compute the floor's tables of the demo company in ``drop`` into the new file ``output``.

    ``as_of`` is an ISO timestamp with an offset: only events before it count.
    """
    with connect(output) as database:
        for entity in ("users", "targets", "manual_costs"):
            sheets = [
                pd.read_excel(path, engine="calamine", dtype=str)
                for path in sorted(drop.glob(f"*/{entity}*.xlsx"))
            ]
            database.register(f"excel_{entity}", pd.concat(sheets))
        for name, value in {
            "drop": str(drop),
            "seeds": str(PROJECT_ROOT / "seeds"),
            "pii_key": PII_KEY,
        }.items():
            database.execute(f"set variable {name} = ?", [value])
        database.execute("set variable as_of = cast(? as timestamptz)", [as_of])
        database.execute(SCRIPT.read_text(encoding="utf-8"))


def rows_of(floor: Path, published: Path) -> dict[str, tuple[int, int]]:
    """By table, the rows of the floor and of the product; equal where both did the same work."""
    with connect() as database:
        database.execute(f"attach '{floor}' as floor (read_only)")
        database.execute(f"attach '{published}' as product (read_only)")
        schemas = dict(
            database.execute(
                "select table_name, schema_name from duckdb_tables() "
                "where database_name = 'product'"
            ).fetchall()
        )

        def count(relation: str) -> int:
            return int(database.execute(f"select count(*) from {relation}").fetchall()[0][0])

        return {
            name: (count(f"floor.{name}"), count(f"product.{schemas[name]}.{name}"))
            for name in TABLES
        }


if __name__ == "__main__":
    run_floor(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
