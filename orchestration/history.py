"""How the daily job ended last, and when it runs next."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from leadhouse.last_runs import LastRuns, last_runs
from leadhouse.settings import Settings
from leadhouse.status import NO_DAEMON, Lines, last_failure, local
from orchestration.defs.run_context import message_of
from orchestration.defs.schedules import DAILY_AT, DAILY_JOB, daily_schedule
from orchestration.defs.sensors import new_delivery

_HEARTBEAT_SECONDS = 300


def run_state(settings: Settings) -> Lines:
    """The last failure and the next run of the daily job, where Dagster has a home."""
    noted = last_runs(settings)
    with dg.DagsterInstance.from_config(str(settings.dagster_dir)) as instance:
        return [
            ("last failure", last_failure(_with_recorded(noted, instance), settings)),
            ("next run", _next_run(instance, settings)),
        ]


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
        return NO_DAEMON
    schedule = daily_schedule(settings)
    stopped = {
        each.instigator_name
        for each in instance.all_instigator_state()
        if each.status.value == "STOPPED"
    }
    by_name = {
        schedule.name: (f"the schedule {schedule.name}", local(_next_daily(settings), settings)),
        new_delivery.name: (f"the sensor {new_delivery.name}", "when a delivery comes"),
    }
    starts = [start for name, (_, start) in by_name.items() if name not in stopped]
    off = [what for name, (what, _) in by_name.items() if name in stopped]
    said = ", or ".join(starts) or "not planned here"
    if off:
        said += f"; {' and '.join(off)} {'is' if len(off) == 1 else 'are'} stopped in the web UI"
    return said


def _next_daily(settings: Settings) -> datetime:
    """When the daily schedule starts next, which Dagster has no public way to ask."""
    now = datetime.now(ZoneInfo(settings.timezone))
    today = datetime.combine(now, DAILY_AT, now.tzinfo)
    return today if today > now else today + timedelta(days=1)
