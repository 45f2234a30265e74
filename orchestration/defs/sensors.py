"""A new delivery starts the daily job, and how Dagster's runs end is told to people.

The drop folder alone is looked at, never the build file.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from ingestion.inventory import take_inventory
from leadhouse.alerts import tell_failure, tell_lateness, tell_success
from leadhouse.errors import LeadhouseError
from leadhouse.lock import is_held
from leadhouse.settings import Settings, load_settings
from orchestration.defs.partitions import delivered_days, set_delivered_days
from orchestration.defs.run_context import STARTED_BY, message_of
from orchestration.defs.schedules import DAILY_JOB

_LONGEST_WAIT = timedelta(minutes=10)
"""How long after its start a run that holds no lock is taken for one that goes on."""


@dg.sensor(
    job=DAILY_JOB,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the daily job when a delivery came or changed, and shows its day at once.",
)
def new_delivery(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Compare the drop folder with what it was when the job was last started from here."""
    settings = load_settings()
    try:
        inventory = take_inventory(settings)
        state = inventory.state()
    except (LeadhouseError, OSError) as error:
        return dg.SkipReason(str(error))
    set_delivered_days(
        context.instance, inventory.delivered_days.union(delivered_days(context.instance))
    )
    tell_lateness(settings, delivered_days(context.instance))
    if not inventory.targets and not inventory.problems:
        return dg.SkipReason("The drop folder holds no delivery yet.")
    nothing_new = dg.SkipReason("Nothing new in the drop folder.")
    if state == context.cursor:
        return nothing_new
    published = settings.drop_state_file
    if published.exists() and published.read_text() == state:
        return dg.SensorResult(skip_reason=nothing_new, cursor=state)
    if _under_way(context.instance, settings):
        return dg.SkipReason("A run is under way; what it leaves is seen by the next look.")
    published.unlink(missing_ok=True)
    # No run key: a folder that returns to an earlier state is another change, not the same one.
    return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=state)


def _under_way(instance: dg.DagsterInstance, settings: Settings) -> bool:
    """A run writes, whatever started it, or is about to; a killed one holds no lock."""
    coming = dg.RunsFilter(
        job_name=DAILY_JOB.name,
        statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING],
    )
    # Between its steps a run holds no lock either, which a killed one is told from by its age.
    begun = dg.RunsFilter(
        job_name=DAILY_JOB.name,
        statuses=[dg.DagsterRunStatus.STARTED],
        updated_after=datetime.now(UTC) - _LONGEST_WAIT,
    )
    return is_held(settings.run_lock) or any(
        instance.get_runs(runs, limit=1) for runs in (coming, begun)
    )


@dg.run_failure_sensor(
    name="tell_failure",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends an alert when a run fails, whatever started it.",
)
def failed_run(context: dg.RunFailureSensorContext) -> None:
    """A run of the command line tells it by itself, without a daemon."""
    run = context.dagster_run
    if STARTED_BY not in run.tags:
        message = message_of(context.instance, run.run_id)
        tell_failure(load_settings(), message, f"The web UI has the details: run {run.run_id}.")


@dg.run_status_sensor(
    name="tell_recovery",
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[DAILY_JOB],
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends an alert when the daily job works again.",
)
def good_run(context: dg.RunStatusSensorContext) -> None:
    """A run of the command line tells it by itself, without a daemon."""
    if STARTED_BY not in context.dagster_run.tags:
        tell_success(load_settings())
