"""The one set of dbt assets: the whole warehouse, rebuilt in full and sealed when it passed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from leadhouse.build import build_events
from leadhouse.errors import LeadhouseError
from orchestration.defs.run_context import POOL, RunContext, as_dagster_failure
from orchestration.workarounds import dbt_message


def warehouse_assets(manifest_path: Path) -> dg.AssetsDefinition:
    """The dbt project as Dagster assets, from the manifest that was prepared for it."""
    manifest: Mapping[str, Any] = json.loads(manifest_path.read_text())
    translator = DagsterDbtTranslator()

    @dbt_assets(manifest=manifest, name="warehouse", dagster_dbt_translator=translator, pool=POOL)
    def warehouse(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[RunContext]
    ) -> Iterator[Any]:
        with as_dagster_failure():
            if set(context.selected_asset_keys) != set(warehouse.keys):
                raise LeadhouseError(
                    "The warehouse is always built as a whole, so that its tables agree with each "
                    "other. Select all of its assets, or launch the job `daily`."
                )
            run.close()
            for event in build_events(run.settings, run.run_id, run.started_at):
                yield from dbt_message(event).to_default_asset_events(
                    manifest, translator, context=context
                )

    return warehouse
