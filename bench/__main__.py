"""``python -m bench [--scale S M] [--repetitions 3]``: measure, print, write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

from bench.compare import Agreement, compare
from bench.measure import Cost, measure, middle
from demo.generate import SCALES, write_company
from ingestion.settings import PROJECT_ROOT

REPORT = PROJECT_ROOT / "docs" / "benchmarks.md"
AS_OF = "2026-11-15T00:00:00+00:00"
SEED = 1
PHASES = ("land", "build", "publish")
_LEADHOUSE = (sys.executable, "-c", "from orchestration.cli import main; main()")
_WARM_GOAL_SECONDS = 30.0
_MEMORY_GOAL_GIB = 4.0
_FLOOR_GOAL = 3.0
_GIB = 1024**3
_SLOWEST = 12


@dataclass
class Result:
    """What one scale measured, one cost per repetition under each name."""

    scale: str
    demo_seconds: float
    demo_bytes: int
    costs: dict[str, list[Cost]] = field(default_factory=dict)
    agreements: list[Agreement] = field(default_factory=list)
    slowest: list[tuple[str, float]] = field(default_factory=list)

    def add(self, name: str, cost: Cost) -> None:
        """Keep one repetition's cost."""
        self.costs.setdefault(name, []).append(cost)

    def median(self, name: str) -> Cost:
        """The median cost of what was measured under ``name``."""
        return middle(self.costs[name])

    @property
    def product(self) -> Cost:
        """Land, build and publish together, by repetition, then the median."""
        runs = zip(*(self.costs[phase] for phase in PHASES), strict=True)
        return middle([sum(run[1:], start=run[0]) for run in runs])

    @property
    def is_honest(self) -> bool:
        """Whether the floor holds the product's rows."""
        return all(agreement.is_equal for agreement in self.agreements)


def main() -> int:
    """Measure every scale asked for; exit status 1 when floor and product disagree."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--scale", nargs="+", choices=list(SCALES), default=["S", "M"])
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--scratch", type=Path, help="where to work (default: the system's)")
    parser.add_argument("--no-report", action="store_true", help="leave docs/benchmarks.md alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leadhouse-bench-", dir=options.scratch) as folder:
        results = [_run(scale, options.repetitions, Path(folder)) for scale in options.scale]
    text = _report(results, options.repetitions)
    print(text)
    if not options.no_report:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(text, encoding="utf-8")
    return 0 if all(result.is_honest for result in results) else 1


def _run(scale: str, repetitions: int, scratch: Path) -> Result:
    drop = scratch / f"drop-{scale}"
    started = time.perf_counter()
    write_company(drop, scale, SEED)
    size = sum(path.stat().st_size for path in drop.rglob("*") if path.is_file())
    result = Result(scale, time.perf_counter() - started, size)
    for repetition in range(repetitions):
        _say(f"{scale}: repetition {repetition + 1} of {repetitions}")
        home = scratch / f"home-{scale}"
        floor = scratch / f"floor-{scale}.duckdb"
        shutil.rmtree(home, ignore_errors=True)
        floor.unlink(missing_ok=True)
        sides = [_run_floor, _run_product]
        for side in sides if repetition % 2 == 0 else reversed(sides):
            side(result, drop, home, floor)
        if repetition == 0:
            result.agreements = compare(floor, home / "published" / "leadhouse.duckdb")
            result.slowest = _slowest_nodes(home)
        # The first run after the single commands still parses the project for Dagster.
        _leadhouse("run", drop, home)
        result.add("warm run", _leadhouse("run", drop, home))
    shutil.rmtree(scratch / f"home-{scale}", ignore_errors=True)
    return result


def _run_floor(result: Result, drop: Path, home: Path, floor: Path) -> None:
    command = (sys.executable, "-m", "bench.floor", str(drop), str(floor), AS_OF)
    result.add("floor", measure(command, PROJECT_ROOT, os.environ))


def _run_product(result: Result, drop: Path, home: Path, floor: Path) -> None:
    for phase in PHASES:
        result.add(phase, _leadhouse(phase, drop, home))


def _leadhouse(command: str, drop: Path, home: Path) -> Cost:
    environ: Mapping[str, str] = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LEADHOUSE_")},
        "LEADHOUSE_DROP": str(drop),
        "LEADHOUSE_HOME": str(home),
        "LEADHOUSE_AS_OF": AS_OF,
    }
    return measure((*_LEADHOUSE, command), PROJECT_ROOT, environ)


def _slowest_nodes(home: Path) -> list[tuple[str, float]]:
    """The dbt nodes that took longest in the build, in seconds."""
    path = home / "target" / "build" / "run_results.json"
    if not path.exists():
        return []
    nodes = json.loads(path.read_text(encoding="utf-8"))["results"]
    times = [(node["unique_id"], float(node["execution_time"])) for node in nodes]
    return sorted(times, key=lambda one: -one[1])[:_SLOWEST]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# --------------------------------------------------------------------------------------------------
# The report
# --------------------------------------------------------------------------------------------------


def _report(results: list[Result], repetitions: int) -> str:
    tools = ", ".join(
        f"{name} {version(name)}" for name in ("duckdb", "dbt-core", "dbt-duckdb", "dagster")
    )
    memory = psutil.virtual_memory().total / _GIB
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. The floor is `bench/floor.sql`: one DuckDB script that reads the "
        "demo company's files and computes the same headline tables, without dbt, Dagster, tests, "
        "audit, quarantine or history. The product is `leadhouse land`, `build` and `publish`, one "
        "process each, into an empty home; then a warm `leadhouse run`, with nothing new to land. "
        "The build includes dbt's tests, publishing the audit of the files.",
        "",
        f"Repetitions of each: {repetitions}, floor and product taking turns to go first; medians. "
        "Wall and CPU (user + system) seconds and the peak resident memory of the whole process "
        "tree. The machine's file cache is warm.",
        "",
        f"Machine: {os.cpu_count()} cores, {memory:.0f} GiB of memory. "
        f"Python {platform.python_version()}, {tools}.",
        "",
    ]
    for result in results:
        lines += _scale_lines(result)
    lines += ["## Reach", "", *_goal_lines(results), ""]
    return "\n".join(lines)


def _scale_lines(result: Result) -> list[str]:
    floor = result.median("floor")
    rows = [
        ("floor", floor),
        *((phase, result.median(phase)) for phase in PHASES),
        ("land + build + publish", result.product),
        ("warm run", result.median("warm run")),
    ]
    lines = [
        f"## Scale {result.scale}",
        "",
        f"Demo company: {SCALES[result.scale]:,} contacts, {result.demo_bytes / 1024**2:,.0f} MiB "
        f"of files, written in {result.demo_seconds:.1f} s.",
        "",
        "| | wall, s | CPU, s | peak, MiB | wall / floor | CPU / floor |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {name} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.peak / 1024**2:,.0f} "
            f"| {cost.wall / floor.wall:.1f} | {cost.cpu / floor.cpu:.1f} |"
            for name, cost in rows
        ),
        "",
    ]
    equal = [agreement for agreement in result.agreements if agreement.is_equal]
    lines.append(
        f"Floor and product agree row for row in {len(equal)} of {len(result.agreements)} tables"
        + (
            "."
            if result.is_honest
            else ", but not in: "
            + ", ".join(
                f"{one.table} (floor {one.floor_rows:,} rows, product {one.product_rows:,}, "
                f"{one.different:,} rows on one side only)"
                for one in result.agreements
                if not one.is_equal
            )
            + "."
        )
    )
    if result.slowest:
        total = sum(seconds for _, seconds in result.slowest)
        lines += [
            "",
            f"The {len(result.slowest)} slowest nodes of the build ({total:.1f} s in all):",
            "",
            "| node | s |",
            "|---|---:|",
            *(f"| {name} | {seconds:.1f} |" for name, seconds in result.slowest),
        ]
    return [*lines, ""]


def _goal_lines(results: list[Result]) -> list[str]:
    by_scale = {result.scale: result for result in results}
    lines = ["| goal | reached | limit | |", "|---|---:|---:|---|"]
    small, medium = by_scale.get("S"), by_scale.get("M")
    if small:
        lines.append(
            _goal("warm run at S, wall seconds", small.median("warm run").wall, _WARM_GOAL_SECONDS)
        )
    if small and medium:
        limit = _FLOOR_GOAL * medium.median("floor").wall + small.product.wall
        name = "land + build + publish at M, wall seconds (limit: 3 x floor + the whole of S)"
        lines.append(_goal(name, medium.product.wall, limit))
    if medium:
        peak = max(cost.peak for phase in PHASES for cost in medium.costs[phase]) / _GIB
        lines.append(_goal("peak memory at M, GiB", peak, _MEMORY_GOAL_GIB))
    return lines


def _goal(name: str, reached: float, limit: float) -> str:
    verdict = "met" if reached <= limit else f"missed by {reached - limit:.1f}"
    return f"| {name} | {reached:.1f} | {limit:.1f} | {verdict} |"


if __name__ == "__main__":
    raise SystemExit(main())
