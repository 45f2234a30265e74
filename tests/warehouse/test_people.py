"""Random companies with plans, people, support and reviews, row for row against the reference.

A failure names the company's seed; ``people_company(seed)`` makes the same company again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.reference.click_rules import Clicks
from tests.reference.companies import Company
from tests.reference.people_companies import people_company
from tests.reference.people_rules import COLUMNS, KEYS, people_tables
from tests.reference.rules import World
from tests.sampling import sampled
from tests.warehouse.conftest import Projects
from tests.warehouse.landed import landed
from tests.warehouse.test_differential import row_differences

COMPANIES = 8


def expected_of(company: Company) -> dict[str, list[dict[str, Any]]]:
    return people_tables(Clicks(World(company.landed(), company.clocks, company.seeds)))


def differences_of(seed: int, projects: Projects, folder: Path) -> list[str]:
    company = people_company(seed)
    expected = expected_of(company)
    settings = landed(company, folder)
    project = projects(company.variant)
    lines = []
    with project.build(settings, folder / "seeds", COLUMNS) as connection:
        for table, columns in COLUMNS.items():
            got = project.rows(connection, table, columns)
            want = [{name: row[name] for name in columns} for row in expected[table]]
            lines += row_differences(seed, table, KEYS[table], want, got)
    return lines


@pytest.mark.parametrize("seed", sampled(range(COMPANIES), 3))
def test_the_reports_of_people_are_those_of_the_reference(
    seed: int, projects: Projects, tmp_path: Path
) -> None:
    lines = differences_of(seed, projects, tmp_path)
    assert not lines, "\n".join([f"{len(lines)} differences", *lines[:12]])
