"""The dbt project on a company that has nothing: all models build, all unit tests pass.

Its zone, currency, region and clock are none of ours, because a unit test says of itself what it
needs: it passes for whoever changes a model.
Every query of the documents runs on what was built, so that none names a column that is gone.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from ingestion.warehouse import open_warehouse
from leadhouse.build import prepare_candidate
from leadhouse.dbt_project import dbt_environment, run_dbt
from leadhouse.descriptions import describe_candidate
from leadhouse.paths import MAIN_FILE, PROJECT_ROOT
from leadhouse.settings import Settings, load_settings

pytestmark = pytest.mark.xdist_group("empty company")

DOCUMENTS = [PROJECT_ROOT / "README.md", *sorted((PROJECT_ROOT / "docs").glob("*.md"))]
FENCED = re.compile(r"^```sql\n(.*?)^```", re.M | re.S)
INDENTED = re.compile(r"(?<=\n\n)    select .*?(?=\n\n)", re.S)
ELSEWHERE = {
    "LEADHOUSE_TIMEZONE": "Pacific/Auckland",
    "LEADHOUSE_SOURCE_TIMEZONE": "America/Los_Angeles",
    "LEADHOUSE_CURRENCY": "JPY",
    "LEADHOUSE_PHONE_REGION": "PL",
    "LEADHOUSE_AS_OF": "2031-03-02",
}
IN_SHELL = re.compile(r'sys\.argv\[1\]\)\)" "(.*?)"\n```', re.S)


@pytest.fixture(scope="module")
def empty_company(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("empty")
    places = {"LEADHOUSE_HOME": str(home), "LEADHOUSE_DROP": str(home)}
    settings = load_settings(places | ELSEWHERE)
    open_warehouse(settings).close()
    target = prepare_candidate(settings)
    run_dbt(("build",), dbt_environment(settings, target))
    describe_candidate(settings, target / "manifest.json")
    return settings


def test_an_empty_company_builds_and_every_unit_test_passes(empty_company: Settings) -> None:
    target = empty_company.artifacts_dir("build")
    results = json.loads((target / "run_results.json").read_text())["results"]
    bad = {
        result["unique_id"]: result["message"]
        for result in results
        if result["status"] not in ("success", "pass", "no-op")
    }
    assert not bad, bad
    unit_tests = json.loads((target / "manifest.json").read_text())["unit_tests"]
    run = {each["unique_id"] for each in results if each["unique_id"].startswith("unit_test.")}
    assert unit_tests and run == set(unit_tests)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_query_of_the_documents_runs(empty_company: Settings, document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    queries = [query for pattern in (FENCED, INDENTED, IN_SHELL) for query in pattern.findall(text)]
    assert queries or document.name not in ("README.md", "questions.md", "runbook.md")
    with duckdb.connect(str(empty_company.candidate_dir / MAIN_FILE), read_only=True) as con:
        for query in queries:
            con.execute(query)
