"""Old runs leave Dagster's databases; its own retention only clears the ticks of schedules."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.workarounds import remove_run_files

KEPT_DAYS = 90
_ENDED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]
_BATCH = 100


def remove_old_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete what ended and was created before this instant, with events and logs; how many."""
    old = dg.RunsFilter(statuses=_ENDED, created_before=before)
    removed = 0
    while runs := instance.get_runs(old, limit=_BATCH):
        for run in runs:
            instance.compute_log_manager.delete_logs(prefix=[run.run_id])
            instance.delete_run(run.run_id)
            remove_run_files(instance, run.run_id)
        removed += len(runs)
    return removed


@dg.op(description=f"Deletes the runs that are older than {KEPT_DAYS} days.")
def forget_old_runs(context: dg.OpExecutionContext) -> None:
    """Reads the wall clock: it is about Dagster's own records, not about data."""
    before = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
    context.log.info(f"deleted {remove_old_runs(context.instance, before)} old runs")


@dg.job(
    executor_def=dg.in_process_executor,
    description="Keeps Dagster's databases small: a run takes about a megabyte.",
)
def housekeeping() -> None:
    """Everything that is not about the warehouse itself."""
    forget_old_runs()


every_week = dg.ScheduleDefinition(
    name="every_week",
    job=housekeeping,
    cron_schedule="10 3 * * 0",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The weekly housekeeping.",
)
