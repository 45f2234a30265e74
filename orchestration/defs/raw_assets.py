"""What lands: inventory of the drop folder, deliveries, raw tables by entity, load log."""

from collections.abc import Collection, Iterator, Sequence, Set
from datetime import date
from time import perf_counter

import dagster as dg
import duckdb

from ingestion.contract import ENTITIES
from ingestion.load import failure_message, land
from ingestion.load_log import Account, accounts_by_day, accounts_by_entity, record_unknown, totals
from ingestion.loader import LoadResult
from leadhouse.errors import LeadhouseError
from leadhouse.progress import (
    days_in_words,
    in_words,
    progress,
    warn_of_files_set_aside,
    warn_of_what_is_not_read,
)
from orchestration.defs.groups import LANDING, raw_group
from orchestration.defs.partitions import DELIVERY_DAYS, set_delivered_days
from orchestration.defs.run_context import POOL, RunContext, as_dagster_failure
from orchestration.workarounds import plan_partitions

DROP_FOLDER = dg.AssetKey("drop_folder")
DELIVERIES = dg.AssetKey("deliveries")
Event = dg.MaterializeResult[None] | dg.AssetMaterialization
LOAD_LOG = {
    "loads": "What was read, loaded, quarantined and excluded, file by file.",
    "quarantine": "The rows that were not loaded: file, row, column and reason.",
    "publications": "The builds that were published.",
}


def raw_key(entity: str) -> dg.AssetKey:
    """The asset of one entity of the source ``files``; the dbt source carries the same key."""
    return dg.AssetKey(["raw", entity])


RAW = [raw_key(entity) for entity in ENTITIES]


@dg.asset(
    key=DROP_FOLDER,
    pool=POOL,
    group_name=LANDING,
    kinds={"file"},
    description="What lies in the drop folder; every mapping is valid.",
)
def drop_folder(
    context: dg.AssetExecutionContext, run: dg.ResourceParam[RunContext]
) -> Iterator[Event]:
    """Take the inventory, and tell Dagster which days were delivered."""
    began = perf_counter()
    with as_dagster_failure(run), run.warehouse() as con:
        inventory = run.plan.inventory
        run.drop_state = inventory.state()
        set_delivered_days(context.instance, run.plan.delivered_days)
        record_unknown(con, inventory)
        warn_of_files_set_aside(inventory)
        if message := failure_message([], inventory.problems):
            wrong = {file.delivery_date for file in inventory.unknown if not file.set_aside}
            plan_partitions(context, DELIVERIES, wrong)
            raise LeadhouseError(message)
        if not inventory.deliveries and not any(totals(con)["loads"].values()):
            raise LeadhouseError(
                f"The drop folder {run.settings.drop} holds no delivery yet. Put files into "
                "a folder named by their day, such as 2024-03-01/contacts.csv, or let "
                "`leadhouse demo` make up a company."
            )
        known = context.instance.get_materialized_partitions(DELIVERIES)
        yield from _landed_elsewhere(con, run, known)
    yield dg.MaterializeResult(
        metadata={
            "files": len(inventory.targets),
            "deliveries": len(inventory.deliveries),
            "dagster/row_count": len(inventory.targets),
            "seconds": round(perf_counter() - began, 3),
        }
    )


@dg.multi_asset(
    name="deliveries",
    specs=[
        dg.AssetSpec(
            DELIVERIES,
            deps=[DROP_FOLDER],
            group_name=LANDING,
            kinds={"parquet"},
            partitions_def=DELIVERY_DAYS,
            skippable=True,
            description=(
                "What was delivered, by its day. The job `daily` lands what is new by itself; "
                "materialize days here to land them again, all in one run, and then launch `daily`."
            ),
        )
    ],
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool=POOL,
)
def deliveries(
    context: dg.AssetExecutionContext, run: dg.ResourceParam[RunContext]
) -> Iterator[Event]:
    """Land the files of these days again, whether they changed or not."""
    days = {date.fromisoformat(day) for day in context.partition_keys}
    with as_dagster_failure(run), run.warehouse() as con:
        targets = run.plan.slice(days=days)
        results = land(con, run.settings, targets, force=True)
        warn_of_what_is_not_read(results)
        progress.info("landed %s", in_words(results))
        absent = days - {target.delivery_date for target in targets}
        refused = {r.target.delivery_date for r in results if r.status == "refused"}
        yield from _landed(con, days - absent - refused, results)
        problems = [
            f"{days_in_words(sorted(absent))}: the drop folder holds no file of this delivery to "
            "land again. Put it back, or choose other days."
        ]
        if message := failure_message(results, problems if absent else ()):
            raise LeadhouseError(message)


@dg.multi_asset(
    name="raw",
    specs=[
        dg.AssetSpec(
            raw_key(entity.name),
            deps=[DROP_FOLDER, DELIVERIES],
            group_name=raw_group(entity.name),
            kinds={"duckdb", "table"},
            description=f"{entity.description}\n\nEvery row as it was delivered, with its load.",
        )
        for entity in ENTITIES.values()
    ],
    can_subset=True,
    pool=POOL,
)
def raw(context: dg.AssetExecutionContext, run: dg.ResourceParam[RunContext]) -> Iterator[Event]:
    """Land what is new or changed."""
    entities = {key.path[-1] for key in context.selected_asset_keys}
    with as_dagster_failure(run), run.warehouse() as con:
        results = land(con, run.settings, run.plan.slice(entities))
        warn_of_what_is_not_read(results)
        progress.info("landed %s", in_words(results))
        changed = {r.target.delivery_date for r in results if r.status in ("loaded", "withdrawn")}
        refusals = [result.target for result in results if result.status == "refused"]
        refused = {target.delivery_date for target in refusals}
        yield from _landed(con, changed - refused, results)
        plan_partitions(context, DELIVERIES, refused)
        accounts = accounts_by_entity(con)
        for entity in sorted(
            entities - {r.target.entity for r in results if r.status == "refused"}
        ):
            seconds = sum(r.seconds for r in results if r.target.entity == entity)
            metadata = _metadata(accounts.get(entity, Account()), seconds)
            yield dg.MaterializeResult(raw_key(entity), metadata=metadata)
        if message := failure_message(results):
            raise LeadhouseError(message)


@dg.multi_asset(
    name="load_log",
    specs=[
        dg.AssetSpec(
            ["load_log", table],
            deps=[DROP_FOLDER, *RAW],
            group_name=LANDING,
            kinds={"duckdb", "table"},
            description=description,
        )
        for table, description in LOAD_LOG.items()
    ],
    pool=POOL,
)
def load_log(run: dg.ResourceParam[RunContext]) -> Iterator[Event]:
    """Count what the load log holds now."""
    began = perf_counter()
    with as_dagster_failure(run), run.warehouse() as con:
        counted = totals(con)
    for table in LOAD_LOG:
        rows = counted[table].pop("rows")
        yield dg.MaterializeResult(
            ["load_log", table],
            metadata={
                **counted[table],
                "dagster/row_count": rows,
                "seconds": round(perf_counter() - began, 3),
            },
        )


def _landed_elsewhere(
    con: duckdb.DuckDBPyConnection, run: RunContext, known: Collection[str]
) -> Iterator[Event]:
    """The days that landed without Dagster (`leadhouse land`, or its state was removed)."""
    landed = {day for day, account in accounts_by_day(con).items() if account.files}
    pending = {target.delivery_date for target in run.plan.pending}
    yield from _landed(con, {day for day in landed - pending if day.isoformat() not in known})


def _landed(
    con: duckdb.DuckDBPyConnection, days: Set[date], results: Sequence[LoadResult] = ()
) -> Iterator[Event]:
    """That these deliveries are landed (``results``: by this run), an event a day."""
    accounts = accounts_by_day(con)
    for day in sorted(days & accounts.keys()):
        seconds = sum(r.seconds for r in results if r.target.delivery_date == day)
        yield dg.AssetMaterialization(
            DELIVERIES, partition=day.isoformat(), metadata=_metadata(accounts[day], seconds)
        )


def _metadata(account: Account, seconds: float) -> dict[str, float]:
    """Numbers only, never a value of a row."""
    counted = {"dagster/row_count": account.rows_loaded, "seconds": round(seconds, 3)}
    return account._asdict() | counted
