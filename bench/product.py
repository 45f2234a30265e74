"""The product as the benchmark runs it: its settings, its commands, and how long each node took."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from bench.measure import Cost, measure
from leadhouse.paths import PROJECT_ROOT

AS_OF = "2026-11-15T00:00:00+00:00"
MEMORY_LIMIT = "4GB"
"""DuckDB's memory limit in every process of the product, which spills instead of failing."""

PII_KEY = "bench"
"""The key of the hashes on both sides."""

_LEADHOUSE = (sys.executable, "-m", "leadhouse.cli.main")


def environment(drop: Path, home: Path) -> dict[str, str]:
    """The environment of the product's processes: no setting comes from outside."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("LEADHOUSE_")},
        "LEADHOUSE_DROP": str(drop),
        "LEADHOUSE_HOME": str(home),
        "LEADHOUSE_AS_OF": AS_OF,
        "LEADHOUSE_MEMORY_LIMIT": MEMORY_LIMIT,
        "LEADHOUSE_PII_KEY": PII_KEY,
    }


def leadhouse(command: str, drop: Path, home: Path) -> Cost:
    """Run ``leadhouse COMMAND``, its options included.

    Raises :class:`bench.measure.CommandError` when it fails.
    """
    return measure((*_LEADHOUSE, *command.split()), PROJECT_ROOT, environment(drop, home))


def node_seconds(target: Path) -> list[tuple[str, float]]:
    """The nodes of the dbt run whose artifacts lie in ``target``, slowest first, in seconds."""
    path = target / "run_results.json"
    if not path.exists():
        return []
    nodes = json.loads(path.read_text(encoding="utf-8"))["results"]
    times = [(str(node["unique_id"]), float(node["execution_time"])) for node in nodes]
    return sorted(times, key=lambda one: -one[1])
