"""Everything Dagster knows of Leadhouse, on one screen. The parts are in defs/, by idea."""

from __future__ import annotations

from typing import Any

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
    pulled, jobs, schedules = _connectors(settings)
    return dg.Definitions(
        assets=[*made, *readers(manifest), *pulled],
        asset_checks=[accounting],
        jobs=[DAILY_JOB, housekeeping, *jobs],
        schedules=[daily_schedule(settings), every_week, *schedules],
        sensors=[new_delivery, failed_run, good_run],
        resources={"run": run},
        executor=dg.in_process_executor,
    )


def _connectors(settings: Settings) -> tuple[list[Any], list[Any], list[Any]]:
    """The assets, jobs and schedules of connectors.toml; its absence costs a run nothing."""
    if not settings.connectors.exists():
        return [], [], []
    from ingestion.connectors.configuration import read_accounts
    from orchestration.defs.extracts import extract_jobs, extracts

    pulled = extracts(read_accounts(settings.connectors))
    return pulled, *extract_jobs(pulled)


@dg.definitions
def defs() -> dg.Definitions:
    """What the web server and the daemon load."""
    return definitions(load_settings(), run_context)
