"""What Dagster remembers of the daily job, and what it has planned."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import dagster as dg
from dagster._utils.schedules import get_next_cron_tick

from leadhouse.settings import Settings
from leadhouse.status import Lines, local
from orchestration.defs.schedules import DAILY_CRON, DAILY_JOB, daily_schedule

_HEARTBEAT_SECONDS = 300
_NO_DAEMON = (
    "not planned here: Dagster's daemon is not running. `make dev` starts it; cron may call "
    "`leadhouse run` instead"
)


def run_state(settings: Settings) -> Lines:
    """The last failure and the next run of the daily job, without changing anything."""
    if not settings.dagster_dir.exists():
        return [("last failure", "none"), ("next run", _NO_DAEMON)]
    with dg.DagsterInstance.from_config(str(settings.dagster_dir)) as instance:
        return [
            ("last failure", _last_failure(instance, settings)),
            ("next run", _next_run(instance, settings)),
        ]


def _last_failure(instance: dg.DagsterInstance, settings: Settings) -> str:
    failed = dg.RunsFilter(job_name=DAILY_JOB.name, statuses=[dg.DagsterRunStatus.FAILURE])
    for record in instance.get_run_records(failed, limit=1):
        when = local(record.create_timestamp.astimezone(UTC), settings)
        said = message_of(instance, record.dagster_run.run_id)
        return f"{when}: {said or 'an unexpected failure; the web UI has its traceback'}"
    return "none"


def message_of(instance: dg.DagsterInstance, run_id: str) -> str | None:
    """What a failed run says to its reader, ``None`` when nobody foresaw the failure."""
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        data = entry.get_dagster_event().step_failure_data.user_failure_data
        if data and data.description:
            return data.description
    return None


def _next_run(instance: dg.DagsterInstance, settings: Settings) -> str:
    beat = instance.get_daemon_heartbeats().get("SCHEDULER")
    if beat is None or time.time() - beat.timestamp > _HEARTBEAT_SECONDS:
        return _NO_DAEMON
    schedule = daily_schedule(settings)
    states = {each.instigator_name: each.status.value for each in instance.all_instigator_state()}
    if states.get(schedule.name) == "STOPPED":
        return f"when a delivery comes; the schedule {schedule.name} is stopped in the web UI"
    # Dagster has no public way to ask when a schedule starts next.
    tick = get_next_cron_tick(DAILY_CRON, datetime.now(UTC), schedule.execution_timezone)
    return f"{local(tick, settings)}, or when a delivery comes"
