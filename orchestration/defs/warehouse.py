"""The one set of dbt assets: the whole warehouse, rebuilt in full and sealed when it passed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets

from leadhouse.build import build_results
from leadhouse.catalogue import Manifest, grain_of
from leadhouse.data_tests import sentence
from leadhouse.dbt_results import Built, Tested
from leadhouse.errors import BuildFailed
from orchestration.defs.groups import dbt_group
from orchestration.defs.run_context import POOL, RunContext, as_dagster_failure

_DBT_ID = "dagster_dbt/unique_id"

Event = dg.MaterializeResult[None] | dg.AssetCheckResult


class _Translator(DagsterDbtTranslator):
    """How a model, seed or test is shown."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_group(dbt_resource_props)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        node = dict(dbt_resource_props)
        return node["description"] or f"One row per {grain_of(node)}."

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        kind = self.get_resource_props(manifest, unique_id)["config"].get("materialized")
        return spec.replace_attributes(kinds={*spec.kinds, *([kind] if kind else [])})

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        test = dict(self.get_resource_props(manifest, unique_id))
        return spec and spec._replace(description=sentence(dict(manifest), test))


def warehouse_assets(manifest_path: Path) -> dg.AssetsDefinition:
    """The dbt project as Dagster assets, from the manifest that was prepared for it."""
    manifest: Manifest = json.loads(manifest_path.read_text())

    @dbt_assets(
        manifest=manifest, name="warehouse", dagster_dbt_translator=_Translator(), pool=POOL
    )
    def warehouse(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[RunContext]
    ) -> Iterator[Event]:
        reporter = _Reporter(context, warehouse)
        failed: list[Tested] = []
        with as_dagster_failure(run):
            # dbt opens the build file itself and finds the raw tables there.
            with run.warehouse():
                pass
            run.close()
            try:
                for result in build_results(run.settings, run.run_id, run.started_at):
                    if isinstance(result, Tested) and result.status == "fail":
                        failed.append(result)
                    else:
                        yield from reporter.report(result)
            except BuildFailed as error:
                for result in failed:
                    yield from reporter.report(result, error.failing.get(result.unique_id, ()))
                raise

    return warehouse


class _Reporter:
    """Tells Dagster what became of each model, seed and test, in one event each."""

    def __init__(self, context: dg.AssetExecutionContext, warehouse: dg.AssetsDefinition) -> None:
        self._context = context
        self._assets = {spec.metadata[_DBT_ID]: spec.key for spec in warehouse.specs}
        self._checks = {spec.metadata[_DBT_ID]: spec.key for spec in warehouse.check_specs}
        if context.selected_asset_keys != set(warehouse.keys):
            context.log.warning(
                "The warehouse is always built as a whole, so that its tables agree with each "
                f"other: all of its {len(self._assets)} tables and views are built and checked "
                "now, not only what was selected. The job `daily` publishes them, too."
            )

    def report(self, result: Built | Tested, failing: Sequence[str] = ()) -> Iterator[Event]:
        if isinstance(result, Built):
            yield from self._asset(result)
        elif result.unique_id in self._checks:
            yield from self._check(result, failing)

    def _asset(self, built: Built) -> Iterator[dg.MaterializeResult[None]]:
        key = self._assets[built.unique_id]
        counted = {} if built.rows is None else {"dagster/row_count": built.rows}
        metadata = {"seconds": round(built.seconds, 3), **counted}
        if key in self._context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=key, metadata=metadata)
        else:
            self._context.log_event(dg.AssetMaterialization(key, metadata=metadata))

    def _check(self, tested: Tested, failing: Sequence[str]) -> Iterator[dg.AssetCheckResult]:
        key = self._checks[tested.unique_id]
        severity = "WARN" if tested.status == "warn" else "ERROR"
        about: dict[str, Any] = {
            "asset_key": key.asset_key,
            "check_name": key.name,
            "passed": tested.status == "pass",
            "severity": dg.AssetCheckSeverity(severity),
            "metadata": {
                "seconds": round(tested.seconds, 3),
                **({"failing": list(failing)} if failing else {}),
            },
        }
        if key in self._context.selected_asset_check_keys:
            yield dg.AssetCheckResult(**about)
        else:
            self._context.log_event(dg.AssetCheckEvaluation(**about))
