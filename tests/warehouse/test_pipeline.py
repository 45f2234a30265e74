"""Random companies that sell, row for row: the pipeline's reports against the reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.reference import forecast_rules, pipeline_rules, stage_rules
from tests.reference.click_rules import Clicks
from tests.reference.pipeline_companies import pipeline_company
from tests.reference.rules import World
from tests.sampling import sampled
from tests.warehouse.conftest import Projects
from tests.warehouse.landed import landed
from tests.warehouse.test_differential import row_differences

COMPANIES = 6
CHUNKS = 3
RULES = (
    (pipeline_rules, pipeline_rules.pipeline_tables),
    (forecast_rules, forecast_rules.forecast_tables),
    (stage_rules, stage_rules.stage_tables),
)
COLUMNS = {table: names for module, _ in RULES for table, names in module.COLUMNS.items()}
KEYS = {table: names for module, _ in RULES for table, names in module.KEYS.items()}


@pytest.mark.parametrize("chunk", sampled(range(CHUNKS), 1))
def test_the_reports_give_the_rows_of_the_reference(
    chunk: int, projects: Projects, tmp_path: Path
) -> None:
    lines: list[str] = []
    rows = dict.fromkeys(COLUMNS, 0)
    for seed in range(chunk, COMPANIES, CHUNKS):
        company = pipeline_company(seed)
        folder = tmp_path / str(seed)
        settings = landed(company, folder)
        clicks = Clicks(World(company.landed(), company.clocks, company.seeds))
        expected = {table: rows for _, tables in RULES for table, rows in tables(clicks).items()}
        project = projects(company.variant)
        with project.build(settings, folder / "seeds", only=COLUMNS) as connection:
            for table, columns in COLUMNS.items():
                got: list[dict[str, Any]] = project.rows(connection, table, columns)
                lines += row_differences(seed, table, KEYS[table], expected[table], got)
                rows[table] += len(got)
    assert not lines, "\n".join([f"{len(lines)} differences", *lines[:40]])
    assert all(rows.values()), rows
