"""`leadhouse run` from files to published tables, and what a bad build leaves: nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import duckdb
import psutil
from homes import deliver, environment, leadhouse

from leadhouse.paths import PROJECT_ROOT
from leadhouse.publishing import current_build

GOOD = "deal_id,created_at,pipeline,status,closed_at,amount,currency\n"


def test_a_good_day_a_bad_day_and_a_killed_day(settings):
    """One home through a week: each step depends on what the one before left."""
    deliver(
        settings,
        "2024-03-01",
        deals=GOOD + "d1,2024-02-01,sales,won,2024-02-10,100.00,EUR\n",
        contacts="contact_id,created_at,email\nc1,2024-02-01,someone@example.org\n",
    )
    done = leadhouse(settings, "run")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "landed 2 files: 2 rows" in done.stdout
    first = current_build(settings)
    assert first is not None
    with duckdb.connect(str(settings.published_dir / "leadhouse.duckdb"), read_only=True) as con:
        assert con.execute("select deal_id, revenue_rc::int from marts.fct_deals").fetchall() == [
            ("d1", 100)
        ]
        run_id, hash_one = con.execute(
            "select run_id, output_hash from trust.rpt_run where tests_passed"
        ).fetchall()[0]
    assert not (settings.candidate_dir).exists()

    again = leadhouse(settings, "run")
    assert f"nothing changed since build {first}" in again.stdout, again.stdout + again.stderr
    assert current_build(settings) == first
    logs = "".join(path.read_text() for path in (settings.home / "logs").iterdir())
    assert run_id in logs
    assert "someone@example.org" not in logs

    one_model = leadhouse(settings, "dbt", "build", "--select", "rpt_top_deals")
    assert one_model.returncode == 0, one_model.stdout + one_model.stderr
    assert "OK created sql table model leadhouse.reports.rpt_top_deals" in one_model.stdout
    shown = leadhouse(settings, "dbt", "show", "--select", "rpt_top_deals")
    assert "d1" in shown.stdout
    assert "did not pass its checks" in leadhouse(settings, "publish").stderr
    assert current_build(settings) == first

    deliver(settings, "2024-03-02", deals=GOOD + "d2,2024-02-01,sales,won,2024-02-10,9.00,XTS\n")
    bad = leadhouse(settings, "run")
    assert bad.returncode == 1
    assert "Traceback" not in bad.stderr
    assert "XTS" in bad.stderr and "nothing was published" in bad.stderr
    assert current_build(settings) == first
    assert not settings.candidate_dir.exists()

    state = leadhouse(settings, "status")
    assert state.returncode == 0, state.stderr
    said = dict(re.findall(r"^(\w.+?)  +(.+)$", state.stdout, re.M))
    assert said["build"] == first and said["published"].endswith(" ago")
    assert said["deliveries"] == "1, the last of 2024-03-01" and said["quarantine"] == "empty"
    assert said["data through"] == "no daily events were delivered"
    assert "The build failed" in said["last failure"] and "XTS" in state.stdout
    assert "daemon is not running" in said["next run"]

    alone = leadhouse(settings, "publish")
    assert alone.returncode == 1
    assert current_build(settings) == first

    (settings.drop / "2024-03-02" / "deals.csv").unlink()
    deliver(settings, "2024-03-02", fx_rates="date,currency,rate\n2024-03-02,USD,0.9\n")
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
        (hash_two,) = con.execute("select output_hash from trust.rpt_run").fetchall()[0]
    assert hash_two != hash_one, "the rates' delivery is in the load log"
    results = json.loads((settings.home / "target" / "build" / "run_results.json").read_text())
    assert not [r for r in results["results"] if r["unique_id"].startswith("unit_test.")]
