"""The daily job and when it starts by itself."""

from datetime import time

import dagster as dg

from leadhouse.settings import Settings
from orchestration.defs.raw_assets import DELIVERIES
from orchestration.defs.run_context import DAILY

DAILY_JOB = dg.define_asset_job(
    DAILY,
    # Without the deliveries, so that it starts without a question about days.
    selection=dg.AssetSelection.all()
    - dg.AssetSelection.assets(DELIVERIES)
    - dg.AssetSelection.key_prefixes("extract"),
    executor_def=dg.in_process_executor,
    description="Land what is new or changed, build, check and publish.",
)

# Early in the local day, after the hours in which clocks are changed (LR-21, D-26).
DAILY_AT = time(4, 30)


def daily_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Once a day in the reporting time zone."""
    return dg.ScheduleDefinition(
        name="every_day",
        job=DAILY_JOB,
        cron_schedule=f"{DAILY_AT.minute} {DAILY_AT.hour} * * *",
        execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="The daily run, in the reporting time zone.",
    )
