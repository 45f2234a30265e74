"""A real instance with its web server and its daemon, used the way an operator uses it."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from homes import deliver, environment, leadhouse

from leadhouse.paths import PROJECT_ROOT
from leadhouse.publishing import current_build
from leadhouse.settings import Settings, load_settings
from orchestration.instance import use_instance
from orchestration.workarounds import create_storage

pytestmark = pytest.mark.xdist_group("daemon")

DAYS = ("2024-03-01", "2024-03-02", "2024-03-03")


class Operator:
    """Someone who has the web UI open."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}/graphql"

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        request = urllib.request.Request(
            self._address,
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            told = json.load(answer)
        assert "errors" not in told, told
        return told["data"]

    def runs(self) -> list[dict[str, Any]]:
        return self.ask(
            "{ runsOrError { ... on Runs { results { runId status startTime endTime "
            "assetSelection { path } tags { key value } } } } }"
        )["runsOrError"]["results"]

    def wait_for(self, done: Any, seconds: float, what: str) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := done():
                return found
            time.sleep(1)
        raise AssertionError(f"{what} did not happen in {seconds} s: {self.runs()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("daemon")
    settings = load_settings(
        {"LEADHOUSE_HOME": str(folder / "home"), "LEADHOUSE_DROP": str(folder / "drop")}
    )
    for number, day in enumerate(DAYS, start=1):
        deliver(
            settings,
            day,
            contacts=f"contact_id,created_at\nc{number},{day} 08:00\n",
            fx_rates=f"date,currency,rate\n{day},USD,0.9{number}\n",
        )
    return settings


@pytest.fixture(scope="module")
def operator(house: Settings) -> Iterator[Operator]:
    before = dict(os.environ)
    use_instance(house)
    create_storage()
    variables = environment(house, DAGSTER_HOME=str(house.dagster_dir))
    os.environ.clear()
    os.environ.update(before)
    port = _free_port()
    bin_dir = Path(sys.executable).parent
    module = ["-m", "orchestration.definitions"]
    log = (house.home / "daemon.log").open("w")
    commands = (
        ["dagster-webserver", *module, "-h", "127.0.0.1", "-p", str(port)],
        ["dagster-daemon", "run", *module],
    )
    processes = [
        subprocess.Popen(
            [bin_dir / command, *arguments],
            env=variables,
            cwd=PROJECT_ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        for command, *arguments in commands
    ]
    someone = Operator(port)
    deadline = time.monotonic() + 120
    while True:
        try:
            someone.ask("{ version }")
            break
        except OSError:
            assert time.monotonic() < deadline, (house.home / "daemon.log").read_text()
            time.sleep(0.5)
    yield someone
    for process in processes:
        os.killpg(process.pid, signal.SIGINT)
    for process in processes:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _landed_after(house: Settings, moment: float) -> set[tuple[str, str]]:
    """Entity and delivery day of what was written after ``moment``; equal content stays equal."""
    return {
        (path.parent.parent.name, path.parent.name.removeprefix("delivery_date="))
        for path in house.landing_dir.rglob("*.parquet")
        if path.stat().st_mtime > moment
    }


def test_the_sensor_lands_and_publishes_and_a_backfill_waits_its_turn(house, operator):
    first = operator.wait_for(
        lambda: [run for run in operator.runs() if _tag(run, "dagster/sensor_name")],
        150,
        "the sensor's run",
    )[0]
    assert _tag(first, "dagster/sensor_name") == "new_delivery"

    operator.wait_for(
        lambda: len(_landed_after(house, 0)) == 6, 120, "the landing of the sensor's run"
    )
    began = time.time()
    backfill = operator.ask(
        "mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) "
        "{ __typename ... on LaunchBackfillSuccess { backfillId } "
        "... on PythonError { message } } }",
        p={
            "assetSelection": [{"path": ["raw", "contacts"]}],
            "partitionNames": list(DAYS[:2]),
        },
    )["launchPartitionBackfill"]
    assert backfill["__typename"] == "LaunchBackfillSuccess", backfill
    again = operator.wait_for(
        lambda: [run for run in operator.runs() if _tag(run, "dagster/backfill")],
        150,
        "the backfill's run",
    )
    by_hand = leadhouse(house, "land")
    assert by_hand.returncode == 0, by_hand.stderr

    operator.wait_for(
        lambda: all(run["status"] in ("SUCCESS", "FAILURE") for run in operator.runs()),
        300,
        "the end of all runs",
    )
    runs = operator.runs()
    assert {run["status"] for run in runs} == {"SUCCESS"}, (house.home / "daemon.log").read_text()
    assert len(again) == 1, "one run for the whole range"
    spans = sorted((run["startTime"], run["endTime"]) for run in runs)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    assert current_build(house) is not None
    assert " 04:30 UTC, or when a delivery comes\n" in leadhouse(house, "status").stdout

    assert len(_landed_after(house, 0)) == 6
    assert _landed_after(house, began) == {("contacts", DAYS[0]), ("contacts", DAYS[1])}

    materialized = operator.ask(
        '{ assetNodeOrError(assetKey: {path: ["raw", "contacts"]}) { ... on AssetNode '
        "{ partitionStats { numMaterialized numFailed } } } }"
    )["assetNodeOrError"]["partitionStats"]
    assert materialized == {"numMaterialized": 3, "numFailed": 0}


def _tag(run: dict[str, Any], name: str) -> str | None:
    return next((tag["value"] for tag in run["tags"] if tag["key"] == name), None)
