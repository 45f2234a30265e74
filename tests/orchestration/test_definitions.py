"""What Dagster knows: loads at all, and nothing in it vanishes without a word."""

import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest
import yaml

from ingestion.contract import ENTITIES
from leadhouse.lock import hold
from leadhouse.paths import PROJECT_ROOT
from orchestration.defs.housekeeping import remove_old_runs
from orchestration.defs.partitions import DELIVERY_DAYS, delivered_days, set_delivered_days

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
    assert {
        "drop_folder",
        "deliveries",
        "load_log/loads",
        "load_log/quarantine",
        "load_log/publications",
        "published",
    } <= keys
    models = {path.stem for path in (PROJECT_ROOT / "models").rglob("*.sql")}
    seeds = {path.stem for path in (PROJECT_ROOT / "seeds").glob("*.csv")}
    own = len(ENTITIES) + 6
    assert len(keys) == own + len(models) + len(seeds)


def test_nothing_that_dbt_reads_is_left_to_somebody_unknown(defs):
    """Only those who read what is published are outside, each after publishing."""
    graph = defs.resolve_asset_graph()
    declared = yaml.safe_load((PROJECT_ROOT / "models/exposures.yml").read_text("utf-8"))
    exposures = {each["name"]: each for each in declared["exposures"]}
    outside = {key.path[-1]: graph.get(key) for key in graph.external_asset_keys}
    assert outside.keys() == exposures.keys()
    for name, node in outside.items():
        assert node.parent_keys == {dg.AssetKey("published")}
        assert f"ref('{node.metadata['tables'].split(', ')[0]}')" in str(
            exposures[name]["depends_on"]
        )
        url = node.metadata.get("url")
        assert (url and url.value) == exposures[name].get("url")


def test_the_daily_job_holds_every_asset_and_every_check_and_asks_for_no_day(defs, keys):
    job = defs.resolve_job_def("daily")
    chosen = {key.to_user_string() for key in job.asset_layer.selected_asset_keys}
    assert chosen == keys - {"deliveries"}
    assert job.partitions_def is None
    graph = defs.resolve_asset_graph()
    assert not [key for key in job.asset_layer.selected_asset_keys if graph.get(key).is_partitioned]
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
    sensor, *tellers = defs.sensors
    assert {teller.name for teller in tellers} == {"tell_failure", "tell_recovery"}
    assert {each.default_status for each in tellers} == {dg.DefaultSensorStatus.RUNNING}
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


def test_deliveries_are_landed_again_in_one_run(defs):
    node = defs.resolve_asset_graph().get(dg.AssetKey("deliveries"))
    assert node.partitions_def == DELIVERY_DAYS
    assert node.backfill_policy == dg.BackfillPolicy.single_run()


def test_a_day_that_comes_late_takes_its_place_among_the_partitions():
    def days(*texts):
        return {date.fromisoformat(text) for text in texts}

    with dg.DagsterInstance.ephemeral() as instance:
        for wanted in (
            days("2024-03-01", "2024-03-05"),
            days("2024-02-01", "2024-03-01", "2024-03-03", "2024-03-05"),
            days("2024-02-01", "2024-03-03"),
            days(),
        ):
            set_delivered_days(instance, wanted)
            assert delivered_days(instance) == sorted(wanted)


def test_the_lineage_is_grouped_by_layer_and_subject(defs):
    graph = defs.resolve_asset_graph()
    groups = Counter(graph.get(key).group_name for key in graph.materializable_asset_keys)
    assert {"landing", "raw_crm", "raw_money", "staging_crm", "configuration"} <= set(groups)
    assert {"intermediate_deals", "marts_deals", "reports_deals", "checks_quality"} <= set(groups)
    assert {"trust", "pii", "published"} <= set(groups)
    assert max(groups.values()) < 30


def test_every_asset_says_in_words_what_it_is_and_what_kind(defs):
    graph = defs.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.kinds, key
        assert node.description and len(node.description) > 20, key
        assert "select" not in node.description and "```" not in node.description, key
    assert graph.get(dg.AssetKey(["marts", "fct_deals"])).kinds == {"dbt", "duckdb", "table"}
    assert graph.get(dg.AssetKey(["staging", "stg_deals"])).kinds == {"dbt", "duckdb", "view"}
    linked = graph.get(dg.AssetKey(["intermediate", "int_deals_linked"])).description
    assert linked.startswith("One row per deal")


def test_every_test_of_dbt_is_a_check_with_a_sentence(defs):
    key = dg.AssetKey(["marts", "fct_deals"])
    warehouse = defs.get_assets_def(key)
    checks = {spec.key: spec.description for spec in warehouse.check_specs}
    manifest = warehouse.metadata_by_key[key]["dagster_dbt/manifest"].manifest
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    assert len(checks) == len(tests)
    for key, sentence in checks.items():
        assert sentence and sentence.endswith(".") and " " in sentence, key
    said = {key.name: sentence for key, sentence in checks.items()}
    assert "Never empty in rpt_run: run_id" in said["rpt_run_rules"]
    assert (
        said["call_totals_agree"] == "Detects a total of reports.rpt_calls that is not fct_calls'."
    )


def test_the_instance_is_set_up_for_one_writer():
    import yaml

    told = yaml.safe_load((PROJECT_ROOT / "orchestration" / "dagster.yaml").read_text())
    assert told["concurrency"]["runs"]["max_concurrent_runs"] == 1
    assert told["concurrency"]["pools"] == {"default_limit": 1, "granularity": "op"}
    assert told["run_monitoring"]["free_slots_after_run_end_seconds"] > 0
    assert told["telemetry"] == {"enabled": False}


def test_the_sensor_asks_for_one_run_per_state_of_the_drop_folder(defs, tmp_path, monkeypatch):
    drop = tmp_path / "drop"
    monkeypatch.setenv("LEADHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEADHOUSE_DROP", str(drop))
    sensor, *_ = defs.sensors

    instance = dg.DagsterInstance.ephemeral()

    def look(cursor):
        return sensor.evaluate_tick(dg.build_sensor_context(instance, cursor))

    assert "does not exist" in look(None).skip_message
    drop.mkdir()
    assert "no delivery yet" in look(None).skip_message
    file = drop / "2024-03-01" / "users.csv"
    file.parent.mkdir()
    file.write_text("user_id,name\n1,A\n")
    first = look(None)
    assert len(first.run_requests) == 1
    assert first.run_requests[0].partition_key is None
    assert delivered_days(instance) == [date(2024, 3, 1)]
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
    with hold(tmp_path / "home" / "run.lock"):
        assert "under way" in look(by_hand.cursor).skip_message
    between_two_steps = dg.DagsterRun(job_name="daily", status=dg.DagsterRunStatus.STARTED)
    instance.add_run(between_two_steps)
    assert "under way" in look(by_hand.cursor).skip_message
    monkeypatch.setattr("orchestration.defs.sensors._LONGEST_WAIT", timedelta(0))
    assert len(look(by_hand.cursor).run_requests) == 1
    assert not (tmp_path / "home" / "warehouse.duckdb").exists()
