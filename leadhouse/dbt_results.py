"""What became of each model, seed and test of a build, read from dbt's log as it comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from leadhouse.dbt_project import DbtEvent

ROWS_COUNTED = "rows: "
"""How the macro rows_counted begins what it says."""

_BUILT = ("LogModelResult", "LogSeedResult")


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
        elif name == "LogTestResult" and node["node_status"] != "skipped":
            yield Tested(node["unique_id"], data["execution_time"], node["node_status"])
