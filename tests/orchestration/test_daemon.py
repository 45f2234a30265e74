"""`make dev` with its web server and its daemon, used the way an operator uses it."""

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from homes import DAYS, copied_home, deliver, environment, leadhouse

from leadhouse.kept_builds import current_build
from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import Settings
from tests.browser import open_page

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.xdist_group("daemon")]

LATE = "2024-02-20"
PLACE = {
    "repositoryLocationName": "orchestration.definitions",
    "repositoryName": "__repository__",
}


class Operator:
    """Someone who started the web UI and has it open."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self.port = port
        self.process = process
        self.log = log

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            data=json.dumps({"query": query, "variables": variables}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            told = json.load(answer)
        assert "errors" not in told, told
        return told["data"]

    def runs(self, **wanted: Any) -> list[dict[str, Any]]:
        return self.ask(
            "query($f: RunsFilter) { runsOrError(filter: $f) { ... on Runs { results { runId "
            "status startTime endTime tags { key value } } } } }",
            f=wanted,
        )["runsOrError"]["results"]

    def launch(self, job: str, **more: Any) -> str:
        """Press the button that launches a job, or some assets, without a word about partitions."""
        answer = self.ask(
            "mutation($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename "
            "... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }",
            p={"selector": PLACE | {"pipelineName": job} | more, "mode": "default"},
        )["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return answer["run"]["runId"]

    def end_of(self, run_id: str) -> str:
        def ended() -> str | None:
            [run] = self.runs(runIds=[run_id])
            return run["status"] if run["status"] in ("SUCCESS", "FAILURE") else None

        return self.wait_for(ended, 240, f"the end of {run_id}")

    def partitions(self) -> dict[str, int]:
        return self.ask(
            '{ assetNodeOrError(assetKey: {path: ["deliveries"]}) { ... on AssetNode '
            "{ partitionStats { numPartitions numMaterialized numFailed } } } }"
        )["assetNodeOrError"]["partitionStats"]

    def tick(self, told: str = "status skipReason") -> dict[str, Any] | None:
        """The latest look of the sensor."""
        ticks = self.ask(
            "query($s: SensorSelector!) { sensorOrError(sensorSelector: $s) { ... on Sensor "
            f"{{ sensorState {{ ticks(limit: 1) {{ {told} }} }} }} }} }}",
            s=PLACE | {"sensorName": "new_delivery"},
        )["sensorOrError"]["sensorState"]["ticks"]
        return ticks[0] if ticks else None

    def wait_for_next_look(self) -> None:
        """Come back just after a look of the sensor, so that the next one is a minute away."""
        before = self.tick("tickId")

        def looked() -> bool:
            tick = self.tick("tickId status")
            return (
                tick is not None
                and {"tickId": tick["tickId"]} != before
                and (tick["status"] != "STARTED")
            )

        self.wait_for(looked, 150, "the next look of the sensor")

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
def house(published_home: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home that the command line has published from."""
    return copied_home(published_home, tmp_path_factory.mktemp("daemon"))


@pytest.fixture(scope="module")
def notes(house: Settings) -> Path:
    """What the command that is set for alerts writes down."""
    return house.home / "notes"


@pytest.fixture(scope="module")
def operator(house: Settings, notes: Path) -> Iterator[Operator]:
    port, log = _free_port(), house.home / "dev.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.dev"],
            env=environment(
                house,
                LEADHOUSE_PORT=str(port),
                LEADHOUSE_ALERT_COMMAND=f'sh -c "echo $LEADHOUSE_ALERT_KIND >> {notes}"',
            ),
            cwd=PROJECT_ROOT,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # As a script's `&` starts it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        )
    someone = Operator(port, process, log)
    deadline = time.monotonic() + 240
    while True:
        try:
            someone.ask("{ version }")
            break
        except OSError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
    yield someone
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _landed_after(house: Settings, moment: float) -> set[tuple[str, str]]:
    """Entity and delivery day of what was written after ``moment``; equal content stays equal."""
    return {
        (path.parent.parent.name, path.parent.name.removeprefix("delivery_date="))
        for path in house.landing_dir.rglob("*.parquet")
        if path.stat().st_mtime > moment
    }


def test_the_first_line_says_where_to_look_and_a_taken_port_is_an_error(house, operator):
    lines = operator.log.read_text().splitlines()
    assert lines[0].startswith(
        f"Leadhouse's web UI will be at http://127.0.0.1:{operator.port} in a moment."
    )
    assert not [line for line in lines if "warning" in line.lower()]
    second = subprocess.run(
        [sys.executable, "-m", "orchestration.dev"],
        env=environment(house, LEADHOUSE_PORT=str(operator.port)),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert f"Port {operator.port} cannot be used" in second.stderr
    assert "make dev PORT=" in second.stderr and second.stdout == ""


def test_a_run_of_the_command_line_is_shown_and_starts_no_other(operator):
    def look() -> dict[str, Any] | None:
        tick = operator.tick()
        return tick if tick and tick["status"] != "STARTED" else None

    assert operator.wait_for(look, 90, "a look of the sensor") == {
        "status": "SKIPPED",
        "skipReason": "Nothing new in the drop folder.",
    }
    # The tag by which the page of a job looks for its runs.
    shown = operator.runs(
        pipelineName="daily",
        tags=[{"key": ".dagster/repository", "value": "__repository__@orchestration.definitions"}],
    )
    assert [run["status"] for run in shown] == ["SUCCESS"]
    assert operator.runs() == shown
    assert operator.partitions() == {"numPartitions": 3, "numMaterialized": 3, "numFailed": 0}


def test_a_bad_delivery_is_red_and_told_and_the_job_starts_without_a_question(
    house, operator, notes
):
    deliver(house, LATE, contacts=f"contact_id,created_at\nc9,{LATE} 08:00\n")
    deliver(house, "2024-03-04", contacts='contact_id,created_at\n"never closed\n')
    [run] = operator.wait_for(
        lambda: [r for r in operator.runs() if _tag(r, "dagster/sensor_name") == "new_delivery"],
        150,
        "the sensor's run",
    )
    assert operator.end_of(run["runId"]) == "FAILURE"
    assert operator.partitions() == {"numPartitions": 5, "numMaterialized": 4, "numFailed": 1}
    operator.wait_for(notes.exists, 90, "the alert")
    assert notes.read_text().split() == ["failure"]

    # A look between the delivery and the button would start a run of its own, and rightly.
    operator.wait_for_next_look()
    deliver(house, "2024-03-04", contacts="contact_id,created_at\nc4,2024-03-04 08:00\n")
    before = current_build(house)
    assert operator.end_of(operator.launch("daily")) == "SUCCESS"
    assert current_build(house) != before
    assert operator.partitions() == {"numPartitions": 5, "numMaterialized": 5, "numFailed": 0}
    operator.wait_for(lambda: "recovery" in notes.read_text(), 90, "the second alert")
    # Deliveries of 2024 are late by the shipped rules, which is told as well, before or after.
    told = [kind for kind in notes.read_text().split() if kind != "rule"]
    assert told == ["failure", "recovery"]


def test_a_range_of_deliveries_is_landed_again_in_one_run_that_waits_its_turn(house, operator):
    began = time.time()
    backfill = operator.ask(
        "mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) "
        "{ __typename ... on LaunchBackfillSuccess { backfillId } "
        "... on PythonError { message } } }",
        p={"assetSelection": [{"path": ["deliveries"]}], "partitionNames": [LATE, *DAYS[:2]]},
    )["launchPartitionBackfill"]
    assert backfill["__typename"] == "LaunchBackfillSuccess", backfill
    [run] = operator.wait_for(
        lambda: [run for run in operator.runs() if _tag(run, "dagster/backfill")],
        150,
        "the backfill's run",
    )
    by_hand = leadhouse(house, "land")
    assert by_hand.returncode == 0, by_hand.stderr
    assert operator.end_of(run["runId"]) == "SUCCESS"
    of_first_day = ("calls", "deals", "pipeline_stages", "users")
    assert _landed_after(house, began) == {
        ("contacts", LATE),
        *itertools.product(of_first_day, DAYS[:1]),
        *itertools.product(("contacts", "fx_rates"), DAYS[:2]),
    }


def test_one_run_at_a_time_and_none_without_need(operator):
    runs = operator.runs()
    spans = sorted((run["startTime"], run["endTime"]) for run in runs)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    assert operator.wait_for(
        lambda: operator.tick() if operator.tick()["status"] == "SKIPPED" else None, 90, "a look"
    )
    assert len(operator.runs()) == len(runs) == 4


def test_the_pages_of_the_browser_say_what_there_is(house, operator):
    """Nothing else runs the pages' own scripts: what they ask for, and what they make of it."""
    site = f"http://127.0.0.1:{operator.port}"
    with open_page() as page:
        groups = (
            "landing",
            "raw_crm",
            "staging_money",
            "marts_deals",
            "reports_calls",
            "published",
        )
        page.open(f"{site}/asset-groups", *groups)

        table = page.open(
            f"{site}/assets/marts/fct_deals",
            *("One row per deal created before as_of", "Id of the deal as its source writes it"),
            *("Row count", "Updated"),
        )
        assert "select " not in table.lower() and "No description" not in table
        page.open(
            f"{site}/assets/marts/fct_deals?view=checks&checkDetail=fct_deals_rules",
            *("status of fct_deals is open, won, lost or deleted.", "Passed"),
        )
        landed = page.open(f"{site}/assets/raw/contacts", "Every row as it was", "rows_loaded")
        assert not re.search(r"\d\.\d{4}", landed), "nobody reads the millionths of a second"

        days = page.open(f"{site}/assets/deliveries?view=partitions", "Materialized (5)")
        assert all(day in days for day in (*DAYS, LATE, "2024-03-04"))
        assert "Failed (0)" in days and "Missing (0)" in days

        build = current_build(house)
        assert build is not None
        page.open(f"{site}/assets/published", build, "data_through_date", "code_version")

        runs = operator.runs()
        page.open(f"{site}/locations/orchestration.definitions/jobs/daily", "publish.")
        page.press("Materialize all")
        [started] = operator.wait_for(
            lambda: [run for run in operator.runs() if run not in runs], 60, "the button's run"
        )
        assert operator.end_of(started["runId"]) == "SUCCESS"
        page.open(f"{site}/runs", started["runId"][:8], "leadhouse/started_by: leadhouse run")

        builds_all_and_says_so(operator)


def builds_all_and_says_so(operator: Operator) -> None:
    """One asset of dbt is launched alone; a whole build more, so only the browser's test asks."""
    chosen = [{"path": ["marts", "fct_deals"]}]
    run_id = operator.launch("__ASSET_JOB", assetSelection=chosen)
    assert operator.end_of(run_id) == "SUCCESS"
    said = operator.ask(
        "query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { "
        "... on MessageEvent { message } } } } }",
        id=run_id,
    )["logsForRun"]["events"]
    assert [event for event in said if "always built as a whole" in event["message"]]
    for path in (["marts", "fct_deals"], ["reports", "rpt_calls"], ["configuration", "channels"]):
        [latest] = operator.ask(
            "query($k: AssetKeyInput!) { assetNodeOrError(assetKey: $k) { ... on AssetNode "
            "{ assetMaterializations(limit: 1) { runId } } } }",
            k={"path": path},
        )["assetNodeOrError"]["assetMaterializations"]
        assert latest["runId"] == run_id, path


def test_a_script_ends_it_with_sigterm(operator):
    family = psutil.Process(operator.process.pid).children(recursive=True)
    operator.process.terminate()
    assert operator.process.wait(timeout=180) == 0
    _, alive = psutil.wait_procs(family, timeout=20)
    assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


def _tag(run: dict[str, Any], name: str) -> str | None:
    return next((tag["value"] for tag in run["tags"] if tag["key"] == name), None)
