"""Every unit test of the models passes, and every query of the documents runs.

The zone, currency, region and clock of the unit tests are none of ours, because a unit test says
of itself what it needs: it passes for whoever changes a model.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest
from homes import copied_home, leadhouse

from leadhouse.paths import MAIN_FILE, PROJECT_ROOT
from leadhouse.settings import Settings

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


@pytest.mark.slow
def test_every_unit_test_passes(published_home: Settings, tmp_path: Path) -> None:
    settings = copied_home(published_home, tmp_path)
    done = leadhouse(settings, "dbt", "test", "--select", "test_type:unit", **ELSEWHERE)
    assert done.returncode == 0, done.stdout + done.stderr
    target = settings.artifacts_dir("by_hand")
    results = json.loads((target / "run_results.json").read_text())["results"]
    assert {result["status"] for result in results} == {"pass"}
    unit_tests = json.loads((target / "manifest.json").read_text())["unit_tests"]
    assert unit_tests and {result["unique_id"] for result in results} == set(unit_tests)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_query_of_the_documents_runs(published_home: Settings, document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    queries = [query for pattern in (FENCED, INDENTED, IN_SHELL) for query in pattern.findall(text)]
    assert queries or document.name not in ("README.md", "questions.md", "runbook.md")
    with duckdb.connect(str(published_home.published_dir / MAIN_FILE), read_only=True) as con:
        for query in queries:
            con.execute(query)
