"""What lands: the drop folder's inventory, the raw files by entity and delivery day, the ledger."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from ingestion.contract import ENTITIES
from ingestion.load import LoadResult, failure_message, land
from ingestion.load_log import record_unknown, totals
from leadhouse.errors import LeadhouseError
from leadhouse.progress import in_words, progress, warn_of_files_set_aside
from orchestration.defs.run_context import POOL, RunContext, as_dagster_failure

DROP_FOLDER = dg.AssetKey("drop_folder")
LEDGER = (dg.AssetKey(["ledger", "loads"]), dg.AssetKey(["ledger", "quarantine"]))

# Dagster writes an event in some 30 ms: a first load of years would take longer to report than
# to land. The newest deliveries are reported one by one, all of them in the entity's own totals.
MOST_DAYS_REPORTED = 100


def raw_key(entity: str) -> dg.AssetKey:
    """The asset of one entity of the source ``files``; the dbt source carries the same key."""
    return dg.AssetKey(["raw", entity])


def raw_assets(days: dg.DailyPartitionsDefinition) -> list[dg.AssetsDefinition]:
    """The inventory, one partitioned asset an entity, and the ledger that dbt waits for."""

    @dg.asset(
        key=DROP_FOLDER,
        pool=POOL,
        group_name="landing",
        description="What lies in the drop folder; every mapping is valid.",
    )
    def drop_folder(run: dg.ResourceParam[RunContext]) -> dg.MaterializeResult[None]:
        with as_dagster_failure(), run.warehouse() as con:
            inventory = run.plan.inventory
            record_unknown(con, inventory)
            warn_of_files_set_aside(inventory)
            if message := failure_message([], inventory.problems):
                raise LeadhouseError(message)
            if not inventory.deliveries and totals(con)["loads"] == (0, 0):
                raise LeadhouseError(
                    f"The drop folder {run.settings.drop} holds no delivery yet. Put files into "
                    "a folder named by their day, such as 2024-03-01/contacts.csv, or let "
                    "`leadhouse demo` make up a company."
                )
        return dg.MaterializeResult(
            metadata={
                "files": len(inventory.targets),
                "deliveries": len(inventory.deliveries),
            }
        )

    @dg.multi_asset(
        name="raw",
        specs=[
            dg.AssetSpec(
                raw_key(entity),
                deps=[DROP_FOLDER],
                group_name="landing",
                description=f"Rows of {entity} as they were delivered, by delivery day.",
            )
            for entity in ENTITIES
        ],
        can_subset=True,
        partitions_def=days,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=POOL,
    )
    def raw(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[RunContext]
    ) -> Iterator[dg.MaterializeResult[None]]:
        entities = {key.path[-1] for key in context.selected_asset_keys}
        partitioned = context.has_partition_key or context.has_partition_key_range
        days = {date.fromisoformat(day) for day in context.partition_keys} if partitioned else None
        with as_dagster_failure(), run.warehouse() as con:
            results = land(con, run.settings, run.plan.slice(entities, days), force=partitioned)
            progress.info("landed %s", in_words(results))
            done = [result for result in results if result.status in ("loaded", "withdrawn")]
            days_of: dict[tuple[date, str], list[LoadResult]] = defaultdict(list)
            for result in done:
                days_of[result.target.delivery_date, result.target.entity].append(result)
            if partitioned:
                for (day, entity), loads in days_of.items():
                    context.add_asset_metadata(
                        sums(loads), asset_key=raw_key(entity), partition_key=day.isoformat()
                    )
            else:
                for day, entity in sorted(days_of)[-MOST_DAYS_REPORTED:]:
                    context.log_event(
                        dg.AssetMaterialization(
                            raw_key(entity),
                            partition=day.isoformat(),
                            metadata=sums(days_of[day, entity]),
                        )
                    )
            refused = {r.target.entity for r in results if r.status == "refused"}
            for entity in sorted(entities - refused):
                loads = [result for result in done if result.target.entity == entity]
                yield dg.MaterializeResult(raw_key(entity), metadata=sums(loads))
            if message := failure_message(results):
                raise LeadhouseError(message)

    @dg.multi_asset(
        name="raw_ledger",
        specs=[
            dg.AssetSpec(
                key,
                deps=[DROP_FOLDER, *(raw_key(entity) for entity in ENTITIES)],
                group_name="landing",
                description="What was read, loaded, quarantined and excluded, file by file.",
            )
            for key in LEDGER
        ],
        pool=POOL,
    )
    def raw_ledger(run: dg.ResourceParam[RunContext]) -> Iterator[dg.MaterializeResult[None]]:
        with as_dagster_failure(), run.warehouse() as con:
            counted = totals(con)
        for key in LEDGER:
            count, rows = counted[key.path[-1]]
            yield dg.MaterializeResult(key, metadata={"entries": count, "rows": rows})

    return [drop_folder, raw, raw_ledger]


def sums(results: Sequence[LoadResult]) -> dict[str, int]:
    """The accounting of some loads, as metadata: numbers only, never a value of a row."""
    return {
        "files": len(results),
        "rows_read": sum(result.rows_read for result in results),
        "rows_loaded": sum(result.rows_loaded for result in results),
        "rows_quarantined": sum(result.rows_quarantined for result in results),
        "rows_excluded": sum(result.rows_excluded for result in results),
    }
