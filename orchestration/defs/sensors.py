"""A new delivery starts the daily job; the drop folder alone is looked at, never the build file."""

import dagster as dg

from ingestion.inventory import take_inventory
from leadhouse.errors import LeadhouseError
from leadhouse.settings import load_settings
from orchestration.defs.partitions import delivered_days, set_delivered_days
from orchestration.defs.schedules import DAILY_JOB


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
    if not inventory.targets and not inventory.problems:
        return dg.SkipReason("The drop folder holds no delivery yet.")
    nothing_new = dg.SkipReason("Nothing new in the drop folder.")
    if state == context.cursor:
        return nothing_new
    published = settings.drop_state_file
    if published.exists() and published.read_text() == state:
        return dg.SensorResult(skip_reason=nothing_new, cursor=state)
    published.unlink(missing_ok=True)
    # No run key: a folder that returns to an earlier state is another change, not the same one.
    return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=state)
