"""Pulls of vendors' accounts: an asset for each vendor and stream, by day of its account."""

from collections.abc import Sequence
from datetime import date
from time import perf_counter
from typing import Any

import dagster as dg

from ingestion.connectors.extract import pull_account
from ingestion.connectors.pages import Manifest
from ingestion.connectors.vendor import Account
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings, load_settings

EXTRACT = "extract"
"""The assets and jobs that pull; what they put into the drop folder starts the daily run."""

GROUP = "connectors"
_AT = "15 3"
"""Minute and hour, an hour before the daily run."""


def extracts(accounts: Sequence[Account]) -> list[dg.AssetsDefinition]:
    """The assets of these accounts; those of one vendor share the vendor's streams."""
    vendors = dict.fromkeys(account.vendor for account in accounts)
    return [
        _extract(vendor, stream, [each for each in accounts if each.vendor == vendor])
        for vendor in vendors
        for stream in dict.fromkeys(
            name for each in accounts if each.vendor == vendor for name in each.streams
        )
    ]


def _extract(vendor: str, stream: str, accounts: list[Account]) -> dg.AssetsDefinition:
    days = dg.DailyPartitionsDefinition(
        start_date=min(account.since for account in accounts).isoformat(),
        timezone=accounts[0].zone.key,
        end_offset=1,
    )

    @dg.asset(
        key=[EXTRACT, vendor, stream],
        partitions_def=days,
        group_name=GROUP,
        kinds={"json"},
        # A range of days is asked for at once, in as few windows as the vendor allows.
        backfill_policy=dg.BackfillPolicy.single_run(),
        retry_policy=dg.RetryPolicy(max_retries=2, delay=300),
        description=f"What {vendor} has of {stream}, pulled into the drop folder.",
    )
    def pulled(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        keys = sorted(context.partition_keys)
        asked = (date.fromisoformat(keys[0]), date.fromisoformat(keys[-1]))
        return _materialized(load_settings(), accounts, stream, asked, keys[-1] == _newest(days))

    return pulled


def _newest(days: dg.DailyPartitionsDefinition) -> str | None:
    return days.get_last_partition_key()


def _materialized(
    settings: Settings,
    accounts: Sequence[Account],
    stream: str,
    asked: tuple[date, date],
    newest: bool,
) -> dg.MaterializeResult[None]:
    """Pull the days; the newest day alone goes on where the last pull ended, and looks back."""
    began = perf_counter()
    found: list[Manifest] = []
    goes_on = newest and asked[0] == asked[1]
    try:
        for account in accounts:
            if stream in account.streams:
                days = (None, None) if goes_on else asked
                found += pull_account(settings, account, [stream], days)
    except LeadhouseError as error:
        raise dg.Failure(description=str(error)) from None
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(manifest.rows for manifest in found),
            "requests": sum(manifest.requests for manifest in found),
            "retries": sum(manifest.retries for manifest in found),
            "bytes": sum(manifest.bytes for manifest in found),
            "files": len([manifest for manifest in found if manifest.rows]),
            "seconds": round(perf_counter() - began, 3),
        }
    )


def extract_jobs(
    assets: Sequence[dg.AssetsDefinition],
) -> tuple[list[Any], list[dg.ScheduleDefinition]]:
    """A job for each vendor, so that vendors are pulled side by side, and its daily schedule."""
    jobs, schedules = [], []
    for vendor in dict.fromkeys(asset.key.path[1] for asset in assets):
        own = [asset for asset in assets if asset.key.path[1] == vendor]
        job = dg.define_asset_job(
            f"{EXTRACT}_{vendor}",
            selection=dg.AssetSelection.assets(*own),
            executor_def=dg.in_process_executor,
            description=f"Pull what {vendor} has of the day into the drop folder.",
        )
        jobs.append(job)
        schedules.append(_every_day(vendor, job, own[0].partitions_def))
    return jobs, schedules


def _every_day(
    vendor: str, job: Any, days: dg.PartitionsDefinition | None
) -> dg.ScheduleDefinition:
    if not isinstance(days, dg.DailyPartitionsDefinition):
        raise TypeError(f"{vendor} is not pulled by days")

    @dg.schedule(
        name=f"every_day_{vendor}",
        job=job,
        cron_schedule=f"{_AT} * * *",
        execution_timezone=days.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Pull {vendor} once a day, in the time zone of its account.",
    )
    def every_day() -> dg.RunRequest:
        return dg.RunRequest(partition_key=days.get_last_partition_key())

    return every_day
