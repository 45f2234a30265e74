"""A new delivery starts the daily job; the drop folder alone is looked at, never the build file."""

import hashlib

import dagster as dg

from ingestion.inventory import take_inventory
from leadhouse.errors import LeadhouseError
from leadhouse.settings import load_settings
from orchestration.defs.schedules import DAILY_JOB


@dg.sensor(
    job=DAILY_JOB,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the daily job when a delivery came or changed.",
)
def new_delivery(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Compare the drop folder with what it was when the job was last started from here."""
    try:
        inventory = take_inventory(load_settings())
    except LeadhouseError as error:
        return dg.SkipReason(str(error))
    digest = hashlib.sha256()
    for path in sorted({target.path for target in inventory.targets}):
        state = path.stat()
        digest.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    for problem in (*inventory.problems, *inventory.warnings):
        digest.update(problem.encode())
    seen = digest.hexdigest()
    if not inventory.targets and not inventory.problems:
        return dg.SkipReason("The drop folder holds no delivery yet.")
    if seen == context.cursor:
        return dg.SkipReason("Nothing new in the drop folder.")
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=seen)], cursor=seen)
