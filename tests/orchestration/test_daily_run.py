"""`leadhouse run` from files to published tables, and what a bad build leaves: nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import dagster as dg
import duckdb
import psutil
import pytest
from homes import DAYS, copied_home, deliver, environment, leadhouse

from leadhouse.kept_builds import current_build
from leadhouse.paths import PROJECT_ROOT

DELIVERIES = dg.AssetKey("deliveries")
GOOD = "deal_id,created_at,pipeline,status,closed_at,amount,currency\n"


@contextmanager
def instance_of(settings):
    """Dagster's records of a home, as its web server reads them."""
    with dg.DagsterInstance.from_config(str(settings.dagster_dir)) as instance:
        yield instance


def latest_metadata(instance):
    """By asset what its latest materialization says."""
    keys = instance.get_asset_keys()
    return {
        key.to_user_string(): {
            name: value.value for name, value in event.asset_materialization.metadata.items()
        }
        for key, event in instance.get_latest_materialization_events(keys).items()
        if event
    }


def silent(con):
    """What a client that lists tables, views and columns of a published file gets no word about."""
    return con.execute(
        "select schema_name, table_name, '' from duckdb_tables() where comment is null "
        "union all select schema_name, view_name, '' from duckdb_views() "
        "where comment is null and not internal "
        "union all select schema_name, table_name, column_name from duckdb_columns() "
        "where comment is null and not internal"
    ).fetchall()


@pytest.mark.slow
def test_a_good_day_and_a_bad_day(published_home, tmp_path):
    """One home through a week: each step depends on what the one before left."""
    said = (published_home.home.parent / "first_run.txt").read_text()
    assert "landed 10 files: 12 rows" in said
    settings = copied_home(published_home, tmp_path)
    said = "".join(log.read_text() for log in settings.logs_dir.glob("*-run.log"))
    assert "partial parsing because config" not in said, "the project was parsed twice"
    first = current_build(settings)
    assert first is not None
    with duckdb.connect(str(settings.published_dir / "leadhouse.duckdb"), read_only=True) as con:
        assert con.execute("select deal_id, revenue_rc::int from marts.fct_deals").fetchall() == [
            ("d1", 100)
        ]
        assert silent(con) == []
        listed = {name for (name,) in con.execute("show tables").fetchall()}
        assert {"rpt_top_deals", "rpt_channel_return"} <= listed
        assert con.execute("select deal_id from rpt_deal_journal").fetchall() == [("d1",)]
        run_id, build_id = con.execute(
            "select run_id, build_id from trust.rpt_run where tests_passed"
        ).fetchall()[0]
        assert build_id == first
    pii = settings.published_dir / "leadhouse_pii.duckdb"
    with duckdb.connect(str(pii), read_only=True) as con:
        assert silent(con) == []
    assert not (settings.candidate_dir).exists()

    # In the home itself: a copied file is not the one that was published.
    again = leadhouse(published_home, "run")
    assert f"nothing changed since build {first}" in again.stdout, again.stdout + again.stderr
    assert current_build(published_home) == first
    logs = "".join(path.read_text() for path in (settings.home / "logs").iterdir())
    assert run_id in logs
    assert "@example.org" not in logs

    with instance_of(settings) as instance:
        [run] = instance.get_runs()
        metadata = latest_metadata(instance)
        assert metadata["raw/deals"]["rows_read"] == metadata["raw/deals"]["dagster/row_count"] == 1
        assert metadata["marts/fct_deals"]["dagster/row_count"] == 1
        assert metadata["published"]["run_id"] == run.run_id
        assert metadata["published"]["build_id"] == first
        assert {"build_id", "as_of", "data_through_date", "tables"} <= set(metadata["published"])
        uncounted = {key for key, known in metadata.items() if "dagster/row_count" not in known}
        # Views: to count their rows is to evaluate them once more.
        assert {key.split("/")[0] for key in uncounted} == {"staging", "checks"}
        assert len(metadata) - len(uncounted) > 100
        assert all(known["seconds"] >= 0 for known in metadata.values())
        assert instance.get_dynamic_partitions("deliveries") == list(DAYS)
        assert instance.get_materialized_partitions(DELIVERIES) == set(DAYS)

    one_model = leadhouse(settings, "dbt", "build", "--select", "rpt_top_deals")
    assert one_model.returncode == 0, one_model.stdout + one_model.stderr
    assert "OK created sql table model leadhouse.reports.rpt_top_deals" in one_model.stdout
    assert "did not pass its checks" in leadhouse(settings, "publish").stderr
    assert current_build(settings) == first

    deliver(settings, "2024-03-04", deals=GOOD + "d2,2024-02-01,sales,won,2024-02-10,9.00,XTS\n")
    bad = leadhouse(settings, "run")
    assert bad.returncode == 1
    assert "Traceback" not in bad.stderr
    assert "XTS" in bad.stderr and "nothing was published" in bad.stderr
    assert current_build(settings) == first
    assert not settings.candidate_dir.exists()
    doctor = leadhouse(settings, "doctor")
    assert doctor.returncode == 0, doctor.stdout  # it stumbles on nothing that was left
    with instance_of(settings) as instance:
        failed = [
            check
            for record in instance.get_event_records(
                dg.EventRecordsFilter(dg.DagsterEventType.ASSET_CHECK_EVALUATION), limit=400
            )
            if not (check := record.event_log_entry.asset_check_evaluation).passed
        ]
        assert [check.check_name for check in failed] == ["deal_money_has_exchange_rates"]
        assert "XTS" in failed[0].metadata["failing"].value[0]
        assert latest_metadata(instance)["raw/deals"]["dagster/row_count"] == 2

    state = leadhouse(settings, "status")
    assert state.returncode == 0, state.stderr
    said = dict(re.findall(r"^(\w.+?)  +(.+)$", state.stdout, re.M))
    assert said["build"] == first and said["published"].endswith(" ago")
    assert said["deliveries"] == "3, the last of 2024-03-03" and said["quarantine"] == "empty"
    assert said["data through"] == "2024-02-01"
    assert "The build failed" in said["last failure"] and "XTS" in state.stdout
    assert "daemon is not running" in said["next run"]

    alone = leadhouse(settings, "publish")
    assert alone.returncode == 1
    assert current_build(settings) == first


@pytest.mark.slow
@pytest.mark.long
def test_a_killed_day(published_home, tmp_path):
    settings = copied_home(published_home, tmp_path)
    hashes = "select output_hash from trust.rpt_run"
    with duckdb.connect(str(settings.published_dir / "leadhouse.duckdb"), read_only=True) as con:
        (hash_one,) = con.execute(hashes).fetchall()[0]
    deliver(settings, "2024-03-04", fx_rates="date,currency,rate\n2024-03-04,USD,0.9\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "leadhouse.cli.main", "run"],
        env=environment(settings),
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("building"):
            break
    time.sleep(4)
    children = psutil.Process(process.pid).children(recursive=True)
    assert any("leadhouse.dbt_process" in child.cmdline() for child in children)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=20)
    living = [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]
    assert not any("leadhouse.dbt_process" in child.cmdline() for child in living)
    again = leadhouse(settings, "run")
    assert again.returncode == 0, again.stderr
    with duckdb.connect(str(settings.published_dir / "leadhouse.duckdb"), read_only=True) as con:
        assert con.execute("select deal_id from marts.fct_deals").fetchall() == [("d1",)]
        (hash_two,) = con.execute(hashes).fetchall()[0]
    assert hash_two != hash_one, "the rates' delivery is in the load log"
    results = json.loads((settings.home / "target" / "build" / "run_results.json").read_text())
    assert not [r for r in results["results"] if r["unique_id"].startswith("unit_test.")]
