"""`leadhouse status` on real records of Dagster: how the daily job ended, and what starts it."""

import shutil
import time

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
    SensorInstigatorData,
)
from dagster._daemon.types import DaemonHeartbeat

from leadhouse.last_runs import note_failure, note_success
from leadhouse.paths import PROJECT_ROOT
from orchestration.history import run_state


@pytest.fixture
def instance(settings):
    settings.dagster_dir.mkdir(parents=True)
    shutil.copy(PROJECT_ROOT / "orchestration" / "dagster.yaml", settings.dagster_dir)
    with dg.DagsterInstance.from_config(str(settings.dagster_dir)) as instance:
        yield instance


def run(instance, failure=None):
    """A run of a job that is called like the daily one."""

    @dg.op
    def step():
        if failure:
            raise dg.Failure(failure)

    @dg.job(name="daily")
    def daily():
        step()

    daily.execute_in_process(instance=instance, raise_on_error=False)


def stop(instance, kind, name):
    """What the switch in the web UI does."""
    location = RegisteredCodeLocationOrigin("orchestration.definitions")
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "__repository__"), name)
    about = {
        InstigatorType.SCHEDULE: ScheduleInstigatorData("30 4 * * *"),
        InstigatorType.SENSOR: SensorInstigatorData(),
    }
    state = InstigatorState(origin, kind, InstigatorStatus.STOPPED, about[kind])
    instance.add_instigator_state(state)


def test_the_newer_failure_is_told_and_whether_it_is_cured(settings, instance):
    def last_failure():
        said = dict(run_state(settings))["last failure"]
        return said.partition(" UTC")[2] or said

    assert last_failure() == "none"
    run(instance, "no rate for XTS")
    assert last_failure() == ": no rate for XTS"
    note_failure(settings, "no drop folder")
    assert last_failure() == ": no drop folder"
    run(instance)
    assert last_failure() == " (runs have succeeded since): no drop folder"
    run(instance, "no rate for XAU")
    assert last_failure() == ": no rate for XAU"
    note_success(settings)
    assert last_failure() == " (runs have succeeded since): no rate for XAU"


def test_the_next_run_is_what_is_not_stopped(settings, instance):
    def next_run():
        return dict(run_state(settings))["next run"]

    assert "daemon is not running" in next_run()
    instance.add_daemon_heartbeat(DaemonHeartbeat(time.time(), "SCHEDULER", "here"))
    assert next_run().endswith(" 04:30 UTC, or when a delivery comes")
    stop(instance, InstigatorType.SENSOR, "new_delivery")
    assert next_run().endswith(" 04:30 UTC; the sensor new_delivery is stopped in the web UI")
    stop(instance, InstigatorType.SCHEDULE, "every_day")
    assert next_run() == (
        "not planned here; the schedule every_day and the sensor new_delivery are stopped in the "
        "web UI"
    )
