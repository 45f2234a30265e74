"""Whose fault it was, against all orders of the factors, on members whose links are of any kind."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import duckdb
import pytest

from leadhouse.session_values import set_session_values
from leadhouse.settings import load_settings
from tests.reference.cohort_rules import FACTORS, REVENUE_LINKS, revenue_effects
from tests.warehouse.conftest import Projects

MEMBERS = 400
MONTHS = ("2024-03-01", "2024-04-01")
INPUTS = {
    "fct_revenue_links": "period_type text, period_start date, slice text, member text, "
    "spend_rc decimal(18, 6), leads bigint, deals_created bigint, deals_won bigint, "
    "revenue_rc decimal(18, 2)",
    "dim_dates": "date_day date",
    "dim_users": "user_id text, user_name text",
    "fct_revenue_comparisons": "member text",
}

Links = dict[str, Decimal | int | None]


def any_links(chance: random.Random) -> Links:
    """A month of a member: now and then without one of its links, without all, or below 0."""
    whole: Links = {
        "spend_rc": Decimal(chance.randrange(-10_000_000, 900_000_000)) / 1_000_000,
        "leads": chance.randrange(1, 400),
        "deals_created": chance.randrange(1, 90),
        "deals_won": chance.randrange(1, 30),
        "revenue_rc": Decimal(chance.randrange(-100_000, 9_000_000)) / 100,
    }
    if chance.random() < 0.1:
        return dict.fromkeys(whole, 0)
    ends = chance.randrange(5) if chance.random() < 0.2 else 5
    empty = (0, None)
    return {
        name: chance.choice(empty) if at >= ends or chance.random() < 0.1 else value
        for at, (name, value) in enumerate(whole.items())
    }


@pytest.fixture(scope="module")
def members() -> dict[str, tuple[Links, Links]]:
    chance = random.Random("whose fault")
    return {f"m{n}": (any_links(chance), any_links(chance)) for n in range(MEMBERS)}


@pytest.fixture(scope="module")
def effects(
    members: dict[str, tuple[Links, Links]], projects: Projects
) -> dict[str, dict[str, Decimal]]:
    """What the models say: by member the effect of each factor."""
    project = projects("default")
    connection: duckdb.DuckDBPyConnection = project.workbench(INPUTS)
    set_session_values(connection, load_settings({"LEADHOUSE_AS_OF": "2024-05-01"}))
    links, dates = project.table("fct_revenue_links"), project.table("dim_dates")
    connection.execute(
        f"insert into {dates} select unnest(range(date '2024-03-01', date '2024-05-01', "
        "interval 1 day))"
    )
    connection.executemany(
        f"insert into {links} values ('month', ?, 'channel', ?, ?, ?, ?, ?, ?)",
        [
            [month, member, *side.values()]
            for member, sides in members.items()
            for month, side in zip(MONTHS, sides, strict=True)
        ],
    )
    comparisons = project.table("fct_revenue_comparisons")
    connection.execute(
        f"create or replace table {comparisons} as {project.query('fct_revenue_comparisons')}"
    )
    found: dict[str, dict[str, Decimal]] = {}
    rows = connection.execute(
        f"select member, factor, effect_rc from ({project.query('rpt_revenue_changes')})"
    ).fetchall()
    for member, factor, effect in rows:
        found.setdefault(member, {})[factor] = effect
    return found


def test_every_effect_is_the_mean_over_all_orders_to_the_cent(
    members: dict[str, tuple[Links, Links]], effects: dict[str, dict[str, Decimal]]
) -> None:
    shapes: Counter[str] = Counter()
    for member, sides in members.items():
        was, now = ({n: Fraction(v or 0) for n, v in side.items()} for side in sides)
        if not any(was.values()) and not any(now.values()):
            assert member not in effects
            continue
        wanted = {name: Decimal(c) / 100 for name, c in revenue_effects(was, now).items()}
        assert effects[member] == wanted, sides
        shapes.update(wanted.keys())
        shapes[f"{len(wanted)} factors"] += 1
    assert set(shapes) >= {*FACTORS, "new", "gone", *(f"{n} factors" for n in range(1, 6))}
    assert min(shapes.values()) >= 5, shapes


def test_effects_sum_to_the_change(
    members: dict[str, tuple[Links, Links]], effects: dict[str, dict[str, Decimal]]
) -> None:
    revenue = REVENUE_LINKS[-1]
    for member, (was, now) in members.items():
        change = Decimal(now[revenue] or 0) - Decimal(was[revenue] or 0)
        assert sum(effects.get(member, {}).values()) == change
