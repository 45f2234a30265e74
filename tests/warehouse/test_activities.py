"""Random companies and what their salespeople did, row for row against the plain-Python reference.

A failure names the company's seed; ``activity_company(seed)`` makes the same company again.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.reference.activity_companies import activity_company
from tests.reference.activity_rules import COLUMNS, activity_tables
from tests.reference.click_rules import Clicks
from tests.reference.companies import Company
from tests.reference.rules import World
from tests.sampling import sampled
from tests.warehouse.conftest import Projects
from tests.warehouse.landed import landed

SHOWN = (34, 14, 4, 25, 9, 1)
"""Companies that show every shape twice between them, the first three of them once."""


def expected_of(company: Company) -> dict[str, list[dict[str, Any]]]:
    return activity_tables(Clicks(World(company.landed(), company.clocks, company.seeds)))


def bag(rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """The rows as they are compared: doubles to nine digits."""
    return Counter(
        tuple(
            float(f"{value:.9g}") if isinstance(value, float) and math.isfinite(value) else value
            for value in row.values()
        )
        for row in rows
    )


@pytest.mark.parametrize("seed", sampled(SHOWN, 3))
def test_the_work_is_that_of_the_reference(seed: int, projects: Projects, tmp_path: Path) -> None:
    company = activity_company(seed)
    expected = expected_of(company)
    settings = landed(company, tmp_path)
    project = projects(company.variant)
    lines = []
    with project.build(settings, tmp_path / "seeds", COLUMNS) as connection:
        for table, columns in COLUMNS.items():
            want, have = bag(expected[table]), bag(project.rows(connection, table, columns))
            lines += [
                f"seed {seed}, {table} {word}: {dict(zip(columns, row, strict=True))}"
                for word, rows in (("expected", want - have), ("not expected", have - want))
                for row in rows
            ]
    assert not lines, "\n".join([f"{len(lines)} differences", *lines[:12]])


def test_the_companies_show_every_shape_of_work() -> None:
    shapes: Counter[str] = Counter()
    for seed in SHOWN:
        tables = expected_of(activity_company(seed))
        for row in tables["fct_tasks"]:
            shapes[f"task {row['status']}, on time: {row['is_done_on_time']}"] += 1
            shapes["overdue"] += row["is_overdue"]
            done, created = row["done_at"], row["created_at"]
            shapes["done before created"] += done is not None and done < created
        for row in tables["rpt_missed_calls"]:
            shapes[f"missed call {row['outcome']}"] += 1
        for row in tables["rpt_emails"]:
            shapes["converted e-mails"] += row["converted"] or 0
            shapes["bounces not measured"] += row["bounced"] is None
        for row in tables["rpt_conversations"]:
            shapes["conversations"] += row["conversations"]
        for row in tables["rpt_call_conversions"]:
            shapes["converted calls"] += row["deals_created"] or 0
        for row in tables["rpt_time"]:
            shapes[f"{row['basis']} hours"] += 1
        for row in tables["rpt_meetings"]:
            shapes["meetings not measured"] += row["held"] is None
            shapes["first meetings"] += row["persons_first"] or 0
        for row in tables["fct_surveys"]:
            shapes[str(row["score_group"])] += 1
    missing = {shape for shape, count in shapes.items() if not count}
    assert not missing, f"shapes that no company has: {missing}"
    assert len(shapes) == 22
