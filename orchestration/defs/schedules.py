"""The daily job and when it starts by itself."""

import dagster as dg

from leadhouse.settings import Settings

DAILY_JOB = dg.define_asset_job(
    "daily",
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Land what is new or changed, build, check and publish.",
)

# Early in the local day, after the hours in which clocks are changed (LR-21, D-26).
DAILY_CRON = "30 4 * * *"


def daily_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Once a day in the reporting time zone."""
    return dg.ScheduleDefinition(
        name="every_day",
        job=DAILY_JOB,
        cron_schedule=DAILY_CRON,
        execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="The daily run, in the reporting time zone.",
    )
