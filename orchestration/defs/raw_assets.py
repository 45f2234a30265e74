"""What lands: the drop folder's inventory, the raw files by entity and delivery day, the ledger."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date

import dagster as dg

from ingestion.contract import ENTITIES
from ingestion.load import LoadResult, failure_message, land
from ingestion.load_log import record_unknown, totals
from ingestion.plan import make_plan
from ingestion.warehouse import open_warehouse
from leadhouse.database import failures_explained
from leadhouse.errors import LeadhouseError
from leadhouse.progress import in_words, progress
from leadhouse.settings import Settings
from orchestration.defs.resources import POOL, House, clear_failures

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
        description="Every file of the drop folder belongs to an entity, every mapping is valid.",
    )
    def drop_folder(house: dg.ResourceParam[House]) -> dg.MaterializeResult[None]:
        with (
            clear_failures(),
            failures_explained(house.settings),
            open_warehouse(house.settings) as con,
        ):
            inventory = make_plan(con, house.settings).inventory
            record_unknown(con, inventory)
            if message := failure_message([], inventory.problems):
                raise LeadhouseError(message)
            if not inventory.deliveries and totals(con)["loads"] == (0, 0):
                raise LeadhouseError(
                    f"The drop folder {house.settings.drop} holds no delivery yet. Put files into "
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
        context: dg.AssetExecutionContext, house: dg.ResourceParam[House]
    ) -> Iterator[dg.MaterializeResult[None]]:
        entities = {key.path[-1] for key in context.selected_asset_keys}
        partitioned = context.has_partition_key or context.has_partition_key_range
        with clear_failures():
            if partitioned:
                days = {date.fromisoformat(day) for day in context.partition_keys}
                results = land_chosen(house.settings, entities, days)
            else:
                results = land_chosen(house.settings, entities)
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
    def raw_ledger(house: dg.ResourceParam[House]) -> Iterator[dg.MaterializeResult[None]]:
        with clear_failures(), open_warehouse(house.settings) as con:
            counted = totals(con)
        for key in LEDGER:
            count, rows = counted[key.path[-1]]
            yield dg.MaterializeResult(key, metadata={"entries": count, "rows": rows})

    return [drop_folder, raw, raw_ledger]


def land_chosen(
    settings: Settings, entities: Collection[str], days: Collection[date] | None = None
) -> list[LoadResult]:
    """Land what is new or changed of these entities; with ``days`` those deliveries once more."""
    with failures_explained(settings), open_warehouse(settings) as con:
        targets = make_plan(con, settings).slice(entities, days)
        return land(con, settings, targets, force=days is not None)


def sums(results: Sequence[LoadResult]) -> dict[str, int]:
    """The accounting of some loads, as metadata: numbers only, never a value of a row."""
    return {
        "files": len(results),
        "rows_read": sum(result.rows_read for result in results),
        "rows_loaded": sum(result.rows_loaded for result in results),
        "rows_quarantined": sum(result.rows_quarantined for result in results),
        "rows_excluded": sum(result.rows_excluded for result in results),
    }
