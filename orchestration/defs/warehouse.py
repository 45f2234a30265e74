"""The one set of dbt assets: the whole warehouse, rebuilt in full and sealed when it passed."""

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation, dbt_assets
from packaging.version import Version

from leadhouse.build import (
    BUILD_ARGUMENTS,
    prepare_candidate,
    seal,
    sealed_or_discarded,
)
from leadhouse.build_failures import explain_build
from leadhouse.dbt_project import dbt_command, dbt_environment
from leadhouse.errors import LeadhouseError
from leadhouse.paths import PROJECT_ROOT
from leadhouse.progress import progress
from orchestration.defs.resources import POOL, House, clear_failures


def warehouse_assets(manifest_path: Path) -> dg.AssetsDefinition:
    """The dbt project as Dagster assets, from the manifest that was prepared for it."""
    manifest: Mapping[str, Any] = json.loads(manifest_path.read_text())
    translator = DagsterDbtTranslator()

    @dbt_assets(manifest=manifest, name="warehouse", dagster_dbt_translator=translator, pool=POOL)
    def warehouse(
        context: dg.AssetExecutionContext, house: dg.ResourceParam[House]
    ) -> Iterator[Any]:
        with clear_failures(), sealed_or_discarded(house.settings):
            if set(context.selected_asset_keys) != set(warehouse.keys):
                raise LeadhouseError(
                    "The warehouse is always built as a whole, so that its tables agree with each "
                    "other. Select all of its assets, or launch the job `daily`."
                )
            progress.info("building and checking the warehouse")
            target = prepare_candidate(house.settings)
            errors: list[str] = []
            invocation = _invoke(context, house, manifest, translator, target)
            for event in invocation.stream_raw_events():
                if event.raw_event["info"]["level"] == "error":
                    errors.append(event.raw_event["info"]["msg"])
                yield from event.to_default_asset_events(
                    manifest, translator, context=context, target_path=target
                )
            if invocation.process.wait() != 0:
                raise LeadhouseError(explain_build(house.settings, target, errors))
            seals = seal(house.settings)
            progress.info("built and checked %s tables", len(seals))

    return warehouse


def _invoke(
    context: dg.AssetExecutionContext,
    house: House,
    manifest: Mapping[str, Any],
    translator: DagsterDbtTranslator,
    target: Path,
) -> DbtCliInvocation:
    """Start dbt.

    Not through ``DbtCliResource.cli``: it asks dbt for its version and sets up an adapter in this
    process first, which costs every run several seconds and is used by nothing here.
    """
    return DbtCliInvocation.run(
        args=[*dbt_command(), *BUILD_ARGUMENTS],
        env=dbt_environment(house.settings, target, house.run_id, house.started_at),
        manifest=manifest,
        dagster_dbt_translator=translator,
        project_dir=PROJECT_ROOT,
        target_path=target,
        raise_on_error=False,
        context=context,
        adapter=None,
        cli_version=Version(version("dbt-core")),
    )
