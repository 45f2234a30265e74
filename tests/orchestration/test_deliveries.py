"""The deliveries as partitions, on a real instance: what an operator sees of each day."""

import shutil
from datetime import date

import dagster as dg
import pytest
from homes import deliver, leadhouse

from leadhouse.settings import load_settings
from orchestration.defs.partitions import DELIVERY_DAYS
from orchestration.defs.raw_assets import (
    DELIVERIES,
    DROP_FOLDER,
    RAW,
    deliveries,
    drop_folder,
    raw,
    raw_key,
    raw_ledger,
)
from orchestration.defs.run_context import run_context

# Each test goes on from where the one before ended.
pytestmark = pytest.mark.xdist_group("deliveries")

FIRST, SECOND, LATE, BAD = "2024-03-01", "2024-03-03", "2024-02-20", "2024-03-04"


class House:
    """A drop folder, and the landing part of what Dagster does with it."""

    def __init__(self, settings, instance):
        self.settings = settings
        self.instance = instance
        defs = dg.Definitions(
            assets=[drop_folder, deliveries, raw, raw_ledger],
            resources={"run": run_context},
            executor=dg.in_process_executor,
        )
        self.job = defs.resolve_implicit_global_asset_job_def()

    def deliver(self, day, count=1, line=""):
        rows = "".join(f"{day}-{number},{day} 08:00\n" for number in range(count))
        deliver(self.settings, day, contacts=f"contact_id,created_at\n{rows}{line}")

    def land(self):
        """What the daily job begins with."""
        return self.job.execute_in_process(
            instance=self.instance, asset_selection=[DROP_FOLDER, *RAW], raise_on_error=False
        )

    def land_again(self, first, last):
        return self.job.execute_in_process(
            instance=self.instance,
            asset_selection=[DELIVERIES],
            tags={
                "dagster/asset_partition_range_start": first,
                "dagster/asset_partition_range_end": last,
            },
            raise_on_error=False,
        )

    @staticmethod
    def message_of(done):
        """What the one step that failed says to its reader."""
        [message] = [
            event.step_failure_data.user_failure_data.description
            for event in done.all_events
            if event.event_type is dg.DagsterEventType.STEP_FAILURE
        ]
        return message

    def days(self):
        """Each partition and its colour."""
        known = self.instance.get_dynamic_partitions("deliveries")
        found = self.instance.get_status_by_partition(DELIVERIES, known, DELIVERY_DAYS)
        return {day: found[day].value if found.get(day) else None for day in known}

    def totals(self, key, partition=None):
        event = self.instance.fetch_materializations(
            dg.AssetRecordsFilter(key, asset_partitions=[partition] if partition else None), limit=1
        ).records[0]
        metadata = event.asset_materialization.metadata
        return {name: value.value for name, value in metadata.items()}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deliveries")
    with (
        pytest.MonkeyPatch.context() as patch,
        dg.DagsterInstance.local_temp(str(folder)) as instance,
    ):
        patch.setenv("LEADHOUSE_HOME", str(folder / "home"))
        patch.setenv("LEADHOUSE_DROP", str(folder / "drop"))
        yield House(load_settings(), instance)


def test_days_that_nobody_delivered_are_no_partitions(house):
    house.deliver(FIRST)
    house.deliver(SECOND, count=2)
    (house.settings.drop / "2024-03-02").mkdir()
    assert house.land().success
    assert house.days() == {FIRST: "MATERIALIZED", SECOND: "MATERIALIZED"}
    assert house.totals(DELIVERIES, SECOND)["rows_loaded"] == 2


def test_a_run_without_news_shows_what_is_landed(house):
    assert house.land().success
    assert house.totals(raw_key("contacts")) == {
        "deliveries": 2,
        "files": 2,
        "refused_files": 0,
        "rows_read": 3,
        "rows_loaded": 3,
        "rows_quarantined": 0,
        "rows_excluded": 0,
        "dagster/row_count": 3,
        "seconds": 0,
    }


def test_an_old_delivery_that_comes_late_appears_and_a_failed_day_is_red(house):
    house.deliver(LATE)
    house.deliver(BAD, line='"never closed\n')
    assert not house.land().success
    green = "MATERIALIZED"
    assert house.days() == {LATE: green, FIRST: green, SECOND: green, BAD: "FAILED"}
    house.deliver(BAD)
    assert house.land().success
    assert list(house.days().values()) == [green] * 4


def test_a_file_that_stops_the_run_makes_its_day_red(house):
    odd = house.settings.drop / BAD / "contacts.csv.lnk"
    odd.symlink_to("/")
    assert not house.land().success
    assert house.days()[BAD] == "FAILED"
    odd.unlink()
    house.deliver(BAD, count=2)
    assert house.land().success
    assert house.days()[BAD] == "MATERIALIZED"


def test_a_range_of_deliveries_is_landed_again_in_one_run(house):
    def landed():
        files = house.settings.landing_dir.rglob("*.parquet")
        return {path.parent.name[-10:]: path.stat().st_mtime_ns for path in files}

    before = landed()
    assert house.land_again(LATE, SECOND).success
    again = {day for day, moment in landed().items() if moment != before[day]}
    assert again == {LATE, FIRST, SECOND}
    assert set(house.days().values()) == {"MATERIALIZED"}
    assert house.totals(DELIVERIES, FIRST)["rows_loaded"] == 1


def test_a_day_without_files_is_not_green_after_a_backfill(house):
    archived = house.settings.home / "archive"
    shutil.move(house.settings.drop / FIRST, archived)
    done = house.land_again(FIRST, SECOND)
    assert not done.success
    message = house.message_of(done)
    assert FIRST in message and "Put it back" in message and SECOND not in message
    assert house.days()[FIRST] == "FAILED" and house.days()[SECOND] == "MATERIALIZED"
    shutil.move(archived, house.settings.drop / FIRST)
    assert house.land_again(FIRST, FIRST).success
    assert house.days()[FIRST] == "MATERIALIZED"


def test_a_withdrawn_delivery_is_no_partition_any_more_and_an_archived_one_is(house):
    shutil.rmtree(house.settings.drop / FIRST)
    (house.settings.drop / SECOND / "contacts.csv").unlink()
    assert house.land().success
    assert list(house.days()) == [LATE, FIRST, BAD]


def test_a_failure_names_what_is_landed_and_gone(house):
    house.deliver(BAD, line='"never closed\n')
    message = house.message_of(house.land())
    assert message.count(f"Landed and no longer in the drop folder: {FIRST}. ") == 1
    house.deliver(BAD)
    assert house.land().success


def test_what_landed_without_dagster_is_shown_by_the_next_run(house):
    elsewhere = date(2024, 3, 9).isoformat()
    house.deliver(elsewhere, count=3)
    assert leadhouse(house.settings, "land").returncode == 0
    assert house.land().success
    assert house.days()[elsewhere] == "MATERIALIZED"
    assert house.totals(DELIVERIES, elsewhere)["rows_loaded"] == 3
