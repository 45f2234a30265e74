"""``python -m bench [--scale S M L] [--repetitions 3]``: measure, print, write docs/benchmarks.md.

The product is measured beside a floor (bench/floor.py): how fast DuckDB alone does the heavy part
of the same work in one hand-written script.

L is measured only when it is asked for, once, without the floor: does the product finish, how long
does it take, how much memory? It needs about 60 GiB of disk and an hour or more.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

from bench.floor import TABLES, rows_of
from bench.matching import (
    CALLS,
    LEASES,
    MATCHING_MODELS,
    POOL_NUMBERS,
    SESSIONS,
    Matching,
    measure_matching,
)
from bench.measure import CommandError, Cost, measure, middle
from bench.product import AS_OF, MEMORY_LIMIT, leadhouse, node_seconds
from leadhouse.demo.generate import SCALES, write_company
from leadhouse.paths import MAIN_FILE, PROJECT_ROOT

REPORT = PROJECT_ROOT / "docs" / "benchmarks.md"
SEED = 1
PHASES = ("land", "build", "publish")
_PRODUCT_ONLY = "L"
_WARM_GOAL_SECONDS = 30.0
_MEMORY_GOAL_GIB = 6.0
_FLOOR_GOAL = 3.0
_MATCHING_GOAL_SECONDS = 60.0
_GIB = 1024**3
_LARGE_NEEDS_BYTES = 60 * _GIB
_SLOWEST = 12
_SHOWN_SECONDS = 0.5


@dataclass
class Result:
    """What one scale measured, one cost per repetition under each name."""

    scale: str
    demo_seconds: float
    demo_bytes: int
    costs: dict[str, list[Cost]] = field(default_factory=dict)
    rows: dict[str, tuple[int, int]] = field(default_factory=dict)
    slowest: list[tuple[str, float]] = field(default_factory=list)
    failure: str | None = None
    home_bytes: int = 0

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
        """Whether the floor's tables have as many rows as the product's."""
        return all(floor == product for floor, product in self.rows.values())

    @property
    def finished(self) -> bool:
        """Whether every phase of the product ended well."""
        return self.failure is None and all(phase in self.costs for phase in PHASES)


def main() -> int:
    """Measure every scale asked for.

    Exit status 1 when floor and product differ in rows, or the product does not finish at L.
    """
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--scale", nargs="+", choices=list(SCALES), default=["S", "M"])
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--scratch", type=Path, help="where to work (default: the system's)")
    parser.add_argument("--no-matching", action="store_true", help="leave out call matching alone")
    parser.add_argument("--no-report", action="store_true", help="leave docs/benchmarks.md alone")
    options = parser.parse_args()
    if options.scratch:
        options.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="leadhouse-bench-", dir=options.scratch) as folder:
        scratch = Path(folder)
        free = shutil.disk_usage(scratch).free
        if _PRODUCT_ONLY in options.scale and free < _LARGE_NEEDS_BYTES:
            parser.error(
                f"L needs {_LARGE_NEEDS_BYTES // _GIB} GiB of disk and {scratch.parent} has "
                f"{free // _GIB}. Name a larger folder with --scratch."
            )
        matching = None
        if not options.no_matching:
            _say("matching")
            matching = measure_matching(scratch)
        results = [_run(scale, options.repetitions, scratch) for scale in options.scale]
    text = _report(results, options.repetitions, matching)
    print(text)
    if not options.no_report:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(text, encoding="utf-8")
    return 0 if all(result.is_honest and result.failure is None for result in results) else 1


def _run(scale: str, repetitions: int, scratch: Path) -> Result:
    drop = scratch / f"drop-{scale}"
    started = time.perf_counter()
    write_company(drop, scale, SEED)
    result = Result(scale, time.perf_counter() - started, _size(drop))
    home = scratch / f"home-{scale}"
    if scale == _PRODUCT_ONLY:
        _run_large(result, drop, home)
    else:
        for repetition in range(repetitions):
            _say(f"{scale}: repetition {repetition + 1} of {repetitions}")
            _repeat(result, repetition, drop, home, scratch / f"floor-{scale}.duckdb")
    for used in (drop, home):
        shutil.rmtree(used, ignore_errors=True)
    (scratch / f"floor-{scale}.duckdb").unlink(missing_ok=True)
    return result


def _repeat(result: Result, repetition: int, drop: Path, home: Path, floor: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    floor.unlink(missing_ok=True)
    sides = [_run_floor, _run_product]
    for side in sides if repetition % 2 == 0 else reversed(sides):
        side(result, drop, home, floor)
    if repetition == 0:
        result.rows = rows_of(floor, home / "published" / MAIN_FILE)
        result.slowest = node_seconds(home / "target" / "build")[:_SLOWEST]
    # The first run after the single commands still parses the project for Dagster.
    leadhouse("run", drop, home)
    result.add("warm run", leadhouse("run --full", drop, home))
    result.add("nothing changed", leadhouse("run", drop, home))


def _run_floor(result: Result, drop: Path, home: Path, floor: Path) -> None:
    command = (sys.executable, "-m", "bench.floor", str(drop), str(floor), AS_OF)
    result.add("floor", measure(command, PROJECT_ROOT, os.environ))


def _run_product(result: Result, drop: Path, home: Path, floor: Path) -> None:
    for phase in PHASES:
        result.add(phase, leadhouse(phase, drop, home))


def _run_large(result: Result, drop: Path, home: Path) -> None:
    """The product once; a phase that fails is a result too."""
    for phase in PHASES:
        _say(f"{result.scale}: {phase}")
        try:
            result.add(phase, leadhouse(phase, drop, home))
        except CommandError as error:
            result.add(phase, error.cost)
            _say(str(error))
            result.failure = (
                f"`leadhouse {phase}` fails; what it said is on the bench's own output."
            )
            break
    result.home_bytes = _size(home)
    result.slowest = node_seconds(home / "target" / "build")[:_SLOWEST]


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# --------------------------------------------------------------------------------------------------
# The report
# --------------------------------------------------------------------------------------------------


def _report(results: list[Result], repetitions: int, matching: Matching | None) -> str:
    tools = ", ".join(
        f"{name} {version(name)}" for name in ("duckdb", "dbt-core", "dbt-duckdb", "dagster")
    )
    memory = psutil.virtual_memory().total / _GIB
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. The floor is `bench/floor.sql`: one DuckDB script that reads "
        f"every file of the demo company and makes {len(TABLES)} of the published tables in the "
        "shapes that cost time: contacts merged into persons and acquired by panels, sessions with "
        "their sources, calls matched to leases, first sources, deals joined, channel sums. It has "
        "no dbt, Dagster, tests, audit, quarantine, history or reports. Its rows are counted "
        "against the product's, not compared: the rules' second implementation is "
        "`tests/reference`. The product is `leadhouse "
        "land`, `build` and `publish`, one process each, into an empty home; then a warm "
        "`leadhouse run --full`, with nothing new to land, and a run that finds nothing changed. "
        "The build includes dbt's tests, publishing the "
        "audit of the files. DuckDB's memory limit is "
        f"{MEMORY_LIMIT} in the product (`LEADHOUSE_MEMORY_LIMIT`); the floor has none.",
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
        lines += _large_lines(result) if result.scale == _PRODUCT_ONLY else _scale_lines(result)
    if matching:
        lines += _matching_lines(matching)
    lines += ["## Reach", "", *_goal_lines(results, matching), ""]
    return "\n".join(lines)


def _scale_lines(result: Result) -> list[str]:
    floor = result.median("floor")
    rows = [
        ("floor", floor),
        *((phase, result.median(phase)) for phase in PHASES),
        ("land + build + publish", result.product),
        ("warm run", result.median("warm run")),
        ("run without a change", result.median("nothing changed")),
    ]
    lines = [
        *_heading_lines(result),
        "| | wall, s | CPU, s | peak, MiB | wall / floor | CPU / floor |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {name} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.peak / 1024**2:,.0f} "
            f"| {cost.wall / floor.wall:.1f} | {cost.cpu / floor.cpu:.1f} |"
            for name, cost in rows
        ),
        "",
    ]
    differing = [
        f"{table} (floor {floor_rows:,} rows, product {product_rows:,})"
        for table, (floor_rows, product_rows) in result.rows.items()
        if floor_rows != product_rows
    ]
    total = sum(rows for _, rows in result.rows.values())
    lines.append(
        f"The floor's {len(result.rows)} tables have as many rows as the product's ({total:,})"
        + (f", but for: {', '.join(differing)}." if differing else ".")
    )
    return [*lines, *_slowest_lines(result), ""]


def _large_lines(result: Result) -> list[str]:
    total = sum((result.median(phase) for phase in PHASES[1:] if phase in result.costs),
                start=result.median(PHASES[0]))  # fmt: skip
    rows = [(phase, result.median(phase)) for phase in PHASES if phase in result.costs]
    verdict = "It finishes." if result.finished else f"It does not finish: {result.failure}"
    return [
        *_heading_lines(result),
        f"The product only, once, with the same memory limit. {verdict} Its home then holds "
        f"{result.home_bytes / _GIB:.1f} GiB.",
        "",
        "| | wall, s | CPU, s | peak, MiB |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {cost.wall:,.1f} | {cost.cpu:,.1f} | {cost.peak / 1024**2:,.0f} |"
            for name, cost in [*rows, (" + ".join(name for name, _ in rows), total)]
        ),
        *_slowest_lines(result),
        "",
    ]


def _heading_lines(result: Result) -> list[str]:
    return [
        f"## Scale {result.scale}",
        "",
        f"Demo company: {SCALES[result.scale]:,} contacts, {result.demo_bytes / 1024**2:,.0f} MiB "
        f"of files, written in {result.demo_seconds:.1f} s.",
        "",
    ]


def _slowest_lines(result: Result) -> list[str]:
    if not result.slowest:
        return []
    total = sum(seconds for _, seconds in result.slowest)
    return [
        "",
        f"The {len(result.slowest)} slowest nodes of the build ({total:.1f} s in all):",
        "",
        *_node_table(result.slowest),
    ]


def _node_table(nodes: list[tuple[str, float]]) -> list[str]:
    return [
        "| node | s |",
        "|---|---:|",
        *(f"| {name} | {seconds:.1f} |" for name, seconds in nodes),
    ]


def _matching_lines(matching: Matching) -> list[str]:
    methods = ", ".join(f"{name} {count:,}" for name, count in matching.methods)
    return [
        "## Call matching alone",
        "",
        f"{CALLS:,} calls, {SESSIONS:,} sessions and {LEASES:,} leases of {POOL_NUMBERS} pool "
        "numbers, made in SQL and put into the raw tables; then dbt runs the models up to "
        "`fct_calls` and nothing else, with the same memory limit. The whole of dbt: "
        f"{matching.cost.wall:.1f} s wall, {matching.cost.cpu:.1f} s CPU, "
        f"{matching.cost.peak / 1024**2:,.0f} MiB. The matching itself "
        f"({', '.join(f'`{name}`' for name in MATCHING_MODELS)}): {matching.seconds:.1f} s.",
        "",
        f"How the calls matched: {methods}.",
        "",
        *_node_table([one for one in matching.models if one[1] >= _SHOWN_SECONDS]),
        "",
    ]


def _goal_lines(results: list[Result], matching: Matching | None) -> list[str]:
    by_scale = {result.scale: result for result in results}
    lines = ["| goal | reached | limit | |", "|---|---:|---:|---|"]
    small, medium = by_scale.get("S"), by_scale.get("M")
    if small:
        lines.append(
            _goal("warm run at S, wall seconds", small.median("warm run").wall, _WARM_GOAL_SECONDS)
        )
    if small and medium:
        limit = _FLOOR_GOAL * medium.median("floor").wall + small.product.wall
        name = "land + build + publish at M, wall seconds (limit: 3 x floor + the same at S)"
        lines.append(_goal(name, medium.product.wall, limit))
    if medium:
        peak = max(cost.peak for phase in PHASES for cost in medium.costs[phase]) / _GIB
        name = f"peak memory at M with a limit of {MEMORY_LIMIT} for DuckDB, GiB"
        lines.append(_goal(name, peak, _MEMORY_GOAL_GIB))
    if large := by_scale.get(_PRODUCT_ONLY):
        reached, verdict = ("yes", "met") if large.finished else ("no", "missed")
        name = f"L finishes with a limit of {MEMORY_LIMIT} for DuckDB"
        lines.append(f"| {name} | {reached} | yes | {verdict} |")
    if matching:
        name = "matching alone, seconds (goal: seconds, not minutes)"
        lines.append(_goal(name, matching.seconds, _MATCHING_GOAL_SECONDS))
    return lines


def _goal(name: str, reached: float, limit: float) -> str:
    verdict = "met" if reached <= limit else f"missed by {reached - limit:.1f}"
    return f"| {name} | {reached:.1f} | {limit:.1f} | {verdict} |"


if __name__ == "__main__":
    raise SystemExit(main())
