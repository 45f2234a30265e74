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
    load_log,
    raw,
    raw_key,
)
from orchestration.defs.run_context import run_context

# Each test goes on from where the one before ended.
pytestmark = pytest.mark.xdist_group("deliveries")

FIRST, SECOND, LATE, BAD = "2024-03-01", "2024-03-03", "2024-02-20", "2024-03-04"


class Operator:
    """Who fills a drop folder and lets Dagster land what is in it, and no more."""

    def __init__(self, settings, instance):
        self.settings = settings
        self.instance = instance
        defs = dg.Definitions(
            assets=[drop_folder, deliveries, raw, load_log],
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
def operator(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deliveries")
    with (
        pytest.MonkeyPatch.context() as patch,
        dg.DagsterInstance.local_temp(str(folder)) as instance,
    ):
        patch.setenv("LEADHOUSE_HOME", str(folder / "home"))
        patch.setenv("LEADHOUSE_DROP", str(folder / "drop"))
        yield Operator(load_settings(), instance)


def test_days_that_nobody_delivered_are_no_partitions(operator):
    operator.deliver(FIRST)
    operator.deliver(SECOND, count=2)
    (operator.settings.drop / "2024-03-02").mkdir()
    assert operator.land().success
    assert operator.days() == {FIRST: "MATERIALIZED", SECOND: "MATERIALIZED"}
    assert operator.totals(DELIVERIES, SECOND)["rows_loaded"] == 2


def test_a_run_without_news_shows_what_is_landed(operator):
    assert operator.land().success
    assert operator.totals(raw_key("contacts")) == {
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


def test_an_old_delivery_that_comes_late_appears_and_a_failed_day_is_red(operator):
    operator.deliver(LATE)
    operator.deliver(BAD, line='"never closed\n')
    assert not operator.land().success
    green = "MATERIALIZED"
    assert operator.days() == {LATE: green, FIRST: green, SECOND: green, BAD: "FAILED"}
    operator.deliver(BAD)
    assert operator.land().success
    assert list(operator.days().values()) == [green] * 4


def test_a_file_that_stops_the_run_makes_its_day_red(operator):
    odd = operator.settings.drop / BAD / "contacts.csv.lnk"
    odd.symlink_to("/")
    assert not operator.land().success
    assert operator.days()[BAD] == "FAILED"
    odd.unlink()
    operator.deliver(BAD, count=2)
    assert operator.land().success
    assert operator.days()[BAD] == "MATERIALIZED"


def test_a_range_of_deliveries_is_landed_again_in_one_run(operator):
    def landed():
        files = operator.settings.landing_dir.rglob("*.parquet")
        return {path.parent.name[-10:]: path.stat().st_mtime_ns for path in files}

    before = landed()
    assert operator.land_again(LATE, SECOND).success
    again = {day for day, moment in landed().items() if moment != before[day]}
    assert again == {LATE, FIRST, SECOND}
    assert set(operator.days().values()) == {"MATERIALIZED"}
    assert operator.totals(DELIVERIES, FIRST)["rows_loaded"] == 1


def test_a_day_without_files_is_not_green_after_a_backfill(operator):
    archived = operator.settings.home / "archive"
    shutil.move(operator.settings.drop / FIRST, archived)
    done = operator.land_again(FIRST, SECOND)
    assert not done.success
    message = operator.message_of(done)
    assert FIRST in message and "Put it back" in message and SECOND not in message
    assert operator.days()[FIRST] == "FAILED" and operator.days()[SECOND] == "MATERIALIZED"
    shutil.move(archived, operator.settings.drop / FIRST)
    assert operator.land_again(FIRST, FIRST).success
    assert operator.days()[FIRST] == "MATERIALIZED"


def test_a_withdrawn_delivery_is_no_partition_any_more_and_an_archived_one_is(operator):
    shutil.rmtree(operator.settings.drop / FIRST)
    (operator.settings.drop / SECOND / "contacts.csv").unlink()
    assert operator.land().success
    assert list(operator.days()) == [LATE, FIRST, BAD]


def test_a_failure_names_what_is_landed_and_gone(operator):
    operator.deliver(BAD, line='"never closed\n')
    message = operator.message_of(operator.land())
    assert message.count(f"Landed and no longer in the drop folder: {FIRST}. ") == 1
    operator.deliver(BAD)
    assert operator.land().success


def test_what_landed_without_dagster_is_shown_by_the_next_run(operator):
    elsewhere = date(2024, 3, 9).isoformat()
    operator.deliver(elsewhere, count=3)
    assert leadhouse(operator.settings, "land").returncode == 0
    assert operator.land().success
    assert operator.days()[elsewhere] == "MATERIALIZED"
    assert operator.totals(DELIVERIES, elsewhere)["rows_loaded"] == 3
