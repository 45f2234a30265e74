"""How the daily job ended last, and when it runs next."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import dagster as dg
from dagster._utils.schedules import get_next_cron_tick

from leadhouse.last_runs import LastRuns, last_runs
from leadhouse.settings import Settings
from leadhouse.status import Lines, local
from orchestration.defs.run_context import message_of
from orchestration.defs.schedules import DAILY_CRON, DAILY_JOB, daily_schedule
from orchestration.defs.sensors import new_delivery

_HEARTBEAT_SECONDS = 300
_NO_DAEMON = (
    "not planned here: Dagster's daemon is not running. `make dev` starts it; cron may call "
    "`leadhouse run` instead"
)


def run_state(settings: Settings) -> Lines:
    """The last failure and the next run of the daily job, without changing anything."""
    noted = last_runs(settings)
    if not settings.dagster_dir.exists():
        return [("last failure", _last_failure(noted, settings)), ("next run", _NO_DAEMON)]
    with dg.DagsterInstance.from_config(str(settings.dagster_dir)) as instance:
        return [
            ("last failure", _last_failure(_with_recorded(noted, instance), settings)),
            ("next run", _next_run(instance, settings)),
        ]


def _last_failure(runs: LastRuns, settings: Settings) -> str:
    if not runs.failed_at:
        return "none"
    when = local(datetime.fromtimestamp(runs.failed_at, UTC), settings)
    cured = " (runs have succeeded since)" if runs.succeeded_at > runs.failed_at else ""
    return f"{when}{cured}: {runs.failure}"


def _with_recorded(noted: LastRuns, instance: dg.DagsterInstance) -> LastRuns:
    """The newer of what the command line noted and what Dagster recorded."""
    succeeded_at, _ = _last_end(instance, dg.DagsterRunStatus.SUCCESS)
    failed_at, run_id = _last_end(instance, dg.DagsterRunStatus.FAILURE)
    failure = noted.failure
    if failed_at > noted.failed_at:
        said = message_of(instance, run_id)
        failure = said or "an unexpected failure; the web UI has its traceback"
    return LastRuns(max(failed_at, noted.failed_at), failure, max(succeeded_at, noted.succeeded_at))


def _last_end(instance: dg.DagsterInstance, status: dg.DagsterRunStatus) -> tuple[float, str]:
    """When the last run that ended so did, and its id."""
    ended = dg.RunsFilter(job_name=DAILY_JOB.name, statuses=[status])
    for record in instance.get_run_records(ended, limit=1):
        moment = record.end_time or record.create_timestamp.timestamp()
        return moment, record.dagster_run.run_id
    return 0.0, ""


def _next_run(instance: dg.DagsterInstance, settings: Settings) -> str:
    beat = instance.get_daemon_heartbeats().get("SCHEDULER")
    if beat is None or time.time() - beat.timestamp > _HEARTBEAT_SECONDS:
        return _NO_DAEMON
    schedule = daily_schedule(settings)
    stopped = {
        each.instigator_name
        for each in instance.all_instigator_state()
        if each.status.value == "STOPPED"
    }
    # Dagster has no public way to ask when a schedule starts next.
    tick = get_next_cron_tick(DAILY_CRON, datetime.now(UTC), schedule.execution_timezone)
    by_name = {
        schedule.name: (f"the schedule {schedule.name}", local(tick, settings)),
        new_delivery.name: (f"the sensor {new_delivery.name}", "when a delivery comes"),
    }
    starts = [start for name, (_, start) in by_name.items() if name not in stopped]
    off = [what for name, (what, _) in by_name.items() if name in stopped]
    said = ", or ".join(starts) or "not planned here"
    if off:
        said += f"; {' and '.join(off)} {'is' if len(off) == 1 else 'are'} stopped in the web UI"
    return said
