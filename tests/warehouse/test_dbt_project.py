"""The dbt project on a company that has nothing: all models build, all unit tests pass."""

from __future__ import annotations

import json
from pathlib import Path

from ingestion.warehouse import open_warehouse
from leadhouse.build import prepare_candidate
from leadhouse.dbt_project import dbt_environment, run_dbt
from leadhouse.settings import load_settings


def test_an_empty_company_builds_and_every_unit_test_passes(tmp_path: Path) -> None:
    settings = load_settings({"LEADHOUSE_HOME": str(tmp_path), "LEADHOUSE_DROP": str(tmp_path)})
    open_warehouse(settings).close()
    target = prepare_candidate(settings)

    errors = run_dbt(("build",), dbt_environment(settings, target))

    results = json.loads((target / "run_results.json").read_text())["results"]
    bad = {
        result["unique_id"]: result["message"]
        for result in results
        if result["status"] not in ("success", "pass", "no-op")
    }
    assert not bad, bad
    assert errors is None
    unit_tests = json.loads((target / "manifest.json").read_text())["unit_tests"]
    run = {each["unique_id"] for each in results if each["unique_id"].startswith("unit_test.")}
    assert unit_tests and run == set(unit_tests)
