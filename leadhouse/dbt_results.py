"""What became of each model, seed and test of a build, read from dbt's log as it comes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from leadhouse.dbt_project import DbtEvent
from leadhouse.progress import duration, steps

ROWS_COUNTED = "rows: "
"""How the macro rows_counted begins what it says."""

_BUILT = ("LogModelResult", "LogSeedResult")
_TESTED = "LogTestResult"
_ENDED = (*_BUILT, _TESTED, "SkippingDetails")


@dataclass(frozen=True)
class Built:
    """A model or seed that was built, in how many seconds; the rows of a view are not counted."""

    unique_id: str
    seconds: float
    rows: int | None


@dataclass(frozen=True)
class Tested:
    """A test that ran: ``status`` is pass, warn, fail or error."""

    unique_id: str
    seconds: float
    status: str


def results_of(events: Iterable[DbtEvent]) -> Iterator[Built | Tested]:
    """The results among dbt's events; what was skipped or failed to be built has none."""
    rows: dict[str, int] = {}
    for event in events:
        data, name, node = event["data"], event["info"]["name"], event["data"].get("node_info", {})
        if name == "JinjaLogInfo" and event["info"]["msg"].startswith(ROWS_COUNTED):
            rows[node["unique_id"]] = int(event["info"]["msg"].removeprefix(ROWS_COUNTED))
        elif name in _BUILT and node["node_status"] == "success":
            yield Built(node["unique_id"], data["execution_time"], rows.get(node["unique_id"]))
        elif name == _TESTED and node["node_status"] != "skipped":
            yield Tested(node["unique_id"], data["execution_time"], node["node_status"])


def seconds_of_last_build(target: Path) -> dict[str, float]:
    """How long each node took when ``target`` was built last, by dbt's id; empty if never."""
    try:
        results = json.loads((target / "run_results.json").read_text())["results"]
    except FileNotFoundError:
        return {}
    return {result["unique_id"]: result["execution_time"] for result in results}


def steps_told(events: Iterable[DbtEvent], past: Mapping[str, float]) -> Iterator[DbtEvent]:
    """Pass dbt's events on, and say after each node how many are done and how long the rest takes.

    Nodes weigh the seconds that they took last time (``past``), or one like the other while they
    are not the same nodes.
    """
    began, ended = 0.0, set[str]()
    for event in events:
        data = event["data"]
        total = data.get("total") or data.get("num_models")
        if total and not began:
            began = perf_counter()
        if total and event["info"]["name"] in _ENDED:
            ended.add(data["node_info"]["unique_id"])
            known = past if len(past) == total and ended <= past.keys() else {}
            done = sum(known.get(node, 1) for node in ended)
            left = (sum(known.values()) or total) - done
            seconds = (perf_counter() - began) * left / done if done else 0
            steps.info(
                "building: %d of %d models and checks done, about %s left",
                len(ended),
                total,
                duration(seconds),
            )
        yield event
