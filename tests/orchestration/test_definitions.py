"""What Dagster knows: loads at all, and nothing in it vanishes without a word."""

import os
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from ingestion.contract import ENTITIES
from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import load_settings
from orchestration.defs.housekeeping import remove_old_runs
from orchestration.defs.partitions import delivery_days

pytestmark = pytest.mark.xdist_group("definitions")


@pytest.fixture(scope="module")
def defs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("definitions")
    kept = {name: os.environ.get(name) for name in ("LEADHOUSE_HOME", "LEADHOUSE_DROP")}
    os.environ["LEADHOUSE_HOME"] = str(folder / "home")
    os.environ["LEADHOUSE_DROP"] = str(folder / "drop")
    from orchestration.definitions import defs as load

    defs = load()
    for name, text in kept.items():
        if text is None:
            os.environ.pop(name)
        else:
            os.environ[name] = text
    dg.Definitions.validate_loadable(defs)
    return defs


@pytest.fixture(scope="module")
def keys(defs):
    graph = defs.resolve_asset_graph()
    return {key.to_user_string() for key in graph.materializable_asset_keys}


def test_every_entity_and_every_model_is_an_asset(defs, keys):
    assert {f"raw/{entity}" for entity in ENTITIES} <= keys
    assert {"drop_folder", "ledger/loads", "ledger/quarantine", "published"} <= keys
    models = {path.stem for path in (PROJECT_ROOT / "models").rglob("*.sql")}
    seeds = {path.stem for path in (PROJECT_ROOT / "seeds").glob("*.csv")}
    own = len(ENTITIES) + 4
    assert len(keys) == own + len(models) + len(seeds)


def test_nothing_that_dbt_reads_is_left_to_somebody_unknown(defs):
    graph = defs.resolve_asset_graph()
    assert graph.external_asset_keys == set()


def test_the_daily_job_holds_every_asset_and_every_check(defs, keys):
    job = defs.resolve_job_def("daily")
    chosen = {key.to_user_string() for key in job.asset_layer.selected_asset_keys}
    assert chosen == keys
    checks = {key.name for key in job.asset_layer.asset_graph.asset_check_keys}
    assert "every_row_is_accounted_for" in checks
    assert len(checks) > 50


def test_publishing_comes_after_everything_that_dbt_makes(defs, keys):
    graph = defs.resolve_asset_graph()
    before = {
        key.to_user_string() for key in graph.get_ancestor_asset_keys(dg.AssetKey("published"))
    }
    assert before == keys - {"published"}


def test_every_writer_is_in_the_pool(defs):
    graph = defs.resolve_asset_graph()
    assert {
        pool for key in graph.materializable_asset_keys for pool in (graph.get(key).pools or {None})
    } == {"warehouse"}


def test_schedule_and_sensor_run_by_themselves_in_the_reporting_zone(defs):
    schedule, weekly = defs.schedules
    [sensor] = defs.sensors
    assert (weekly.job_name, weekly.default_status) == (
        "housekeeping",
        dg.DefaultScheduleStatus.RUNNING,
    )
    assert (schedule.name, schedule.job_name, schedule.cron_schedule) == (
        "every_day",
        "daily",
        "30 4 * * *",
    )
    assert schedule.execution_timezone == "UTC"
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert (sensor.name, sensor.job_name) == ("new_delivery", "daily")
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING


def test_housekeeping_forgets_runs_that_ended_long_ago(defs, tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        job = defs.resolve_job_def("housekeeping")
        assert job.execute_in_process(instance=instance).success
        ended = instance.get_run_records()[0]
        waiting = instance.create_run_for_job(job)
        shards = tmp_path / "history" / "runs"
        assert (shards / f"{ended.dagster_run.run_id}.db").exists()
        assert remove_old_runs(instance, ended.create_timestamp) == 0
        assert remove_old_runs(instance, datetime.now(UTC) + timedelta(minutes=1)) == 1
        assert [run.run_id for run in instance.get_runs()] == [waiting.run_id]
        assert not (shards / f"{ended.dagster_run.run_id}.db").exists()


def test_raw_assets_are_backfilled_in_one_run(defs):
    graph = defs.resolve_asset_graph()
    node = graph.get(dg.AssetKey(["raw", "contacts"]))
    assert isinstance(node.partitions_def, dg.DailyPartitionsDefinition)
    assert node.backfill_policy == dg.BackfillPolicy.single_run()


@pytest.mark.parametrize(
    ("folders", "first", "last"),
    [
        ([], "2024-03-10", "2024-03-11"),
        (["2024-01-31", "mappings", "2024-13-01"], "2024-01-31", "2024-03-11"),
        (["2024-03-08", "2024-04-01"], "2024-03-08", "2024-04-01"),
        (["2024-03-11"], "2024-03-10", "2024-03-11"),
    ],
)
def test_partitions_reach_from_the_first_delivery_to_the_last(tmp_path, folders, first, last):
    for name in folders:
        (tmp_path / "drop" / name).mkdir(parents=True)
    settings = load_settings(
        {
            "LEADHOUSE_HOME": str(tmp_path / "home"),
            "LEADHOUSE_DROP": str(tmp_path / "drop"),
            "LEADHOUSE_TIMEZONE": "Asia/Tokyo",
        }
    )
    # 20:00 in UTC is already the next day in Tokyo.
    now = datetime(2024, 3, 9, 20, tzinfo=UTC)
    days = delivery_days(settings, now).get_partition_keys(current_time=now)
    assert (days[0], days[-1]) == (first, last)


def test_the_instance_is_set_up_for_one_writer():
    import yaml

    told = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text())
    assert told["concurrency"]["runs"]["max_concurrent_runs"] == 1
    assert told["concurrency"]["pools"] == {"default_limit": 1, "granularity": "op"}
    assert told["run_monitoring"]["free_slots_after_run_end_seconds"] > 0
    assert told["telemetry"] == {"enabled": False}


def test_the_sensor_asks_for_one_run_per_state_of_the_drop_folder(defs, tmp_path, monkeypatch):
    drop = tmp_path / "drop"
    monkeypatch.setenv("LEADHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEADHOUSE_DROP", str(drop))
    [sensor] = defs.sensors

    def look(cursor):
        return sensor.evaluate_tick(dg.build_sensor_context(cursor=cursor))

    assert "does not exist" in look(None).skip_message
    drop.mkdir()
    assert "no delivery yet" in look(None).skip_message
    file = drop / "2024-03-01" / "users.csv"
    file.parent.mkdir()
    file.write_text("user_id,name\n1,A\n")
    first = look(None)
    assert len(first.run_requests) == 1
    assert first.run_requests[0].partition_key is None
    assert look(first.cursor).run_requests == []
    file.write_text("user_id,name\n1,AB\n")
    second = look(first.cursor)
    assert len(second.run_requests) == 1
    third_file = file.with_name("deals.csv")
    third_file.write_text("deal_id\nbroken\n")
    third = look(second.cursor)
    assert len(third.run_requests) == 1
    third_file.unlink()
    back = look(third.cursor)
    assert back.cursor == second.cursor
    assert [request.run_key for request in back.run_requests] == [None], "a key would start nothing"

    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / "drop.state").write_text(back.cursor)
    by_hand = look(None)
    assert by_hand.run_requests == [] and by_hand.cursor == back.cursor
    file.write_text("user_id,name\n1,ABC\n")
    assert len(look(by_hand.cursor).run_requests) == 1
    assert not (tmp_path / "home" / "warehouse.duckdb").exists()
