"""Run the floor: ``python -m bench.floor DROP OUTPUT AS_OF`` runs floor.sql over a demo company."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pandas as pd

from bench.product import PII_KEY
from leadhouse.paths import PROJECT_ROOT

SCRIPT = Path(__file__).with_name("floor.sql")


def run_floor(drop: Path, output: Path, as_of: str) -> None:
    """Compute the headline tables of the demo company in ``drop`` into the new file ``output``.

    ``as_of`` is an ISO timestamp with an offset: only events before it count.
    """
    with duckdb.connect(str(output)) as database:
        for entity in ("users", "targets", "manual_costs"):
            sheets = [
                pd.read_excel(path, engine="calamine", dtype=str).assign(delivery=path.parent.name)
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


if __name__ == "__main__":
    run_floor(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
