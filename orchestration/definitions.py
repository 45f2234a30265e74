"""Everything Dagster knows of Leadhouse, on one screen. The parts are in defs/, by idea."""

from __future__ import annotations

import dagster as dg

from leadhouse.dbt_project import prepare_manifest
from leadhouse.settings import Settings, load_settings
from orchestration.defs.housekeeping import every_week, housekeeping
from orchestration.defs.publish import publish_asset
from orchestration.defs.raw_assets import deliveries, drop_folder, load_log, raw
from orchestration.defs.raw_checks import accounting
from orchestration.defs.readers import readers
from orchestration.defs.run_context import run_context
from orchestration.defs.schedules import DAILY_JOB, daily_schedule
from orchestration.defs.sensors import failed_run, good_run, new_delivery
from orchestration.defs.warehouse import warehouse_assets


def definitions(settings: Settings, run: dg.ResourceDefinition) -> dg.Definitions:
    """All assets, checks, jobs, schedules and sensors; ``run`` gives their steps a RunContext."""
    manifest = prepare_manifest(settings)
    warehouse = warehouse_assets(manifest)
    made = [drop_folder, deliveries, raw, load_log, warehouse, publish_asset(warehouse)]
    return dg.Definitions(
        assets=[*made, *readers(manifest)],
        asset_checks=[accounting],
        jobs=[DAILY_JOB, housekeeping],
        schedules=[daily_schedule(settings), every_week],
        sensors=[new_delivery, failed_run, good_run],
        resources={"run": run},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What the web server and the daemon load."""
    return definitions(load_settings(), run_context)
