"""Random companies that only sell: deals of more than a year, with everything that befalls them.

The deals, stages, users and rates are those of companies.py, over a time long enough for months,
forecasts and probabilities of their own.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from tests.reference import companies
from tests.reference.companies import VARIANTS, ZONES, Company, Draft, Maker
from tests.reference.rules import Clocks

START = datetime(2023, 1, 10, tzinfo=UTC)
DAYS = 450


def pipeline_company(seed: int) -> Company:
    """The company of a seed."""
    rng = random.Random(f"pipeline {seed}")
    make = Maker(rng)
    make.start, make.end = START, START + timedelta(days=DAYS)
    make.busy = [make.moment(START) for _ in range(8)]
    variant = "strict" if make.maybe(0.3) else "default"
    as_of = make.end + timedelta(days=rng.randint(-120, 40))
    if make.maybe(0.3):
        as_of = as_of.replace(day=1)
    if make.maybe(0.3):
        as_of += timedelta(minutes=rng.randrange(1440))
    clocks = Clocks(
        as_of=as_of,
        timezone=make.one(ZONES),
        source_timezone=make.source_timezone,
        currency=make.one(("EUR", "PLN")),
        **VARIANTS[variant],
    )
    pipelines = companies._pipelines(make)
    deal_ids = [f"d{n:02d}" for n in range(make.one((0, 8, 25, 40)))]
    drafts = {
        "users": companies._users(make),
        "pipeline_stages": companies._pipeline_rows(make, pipelines),
        "deals": companies._deals(make, deal_ids, [], pipelines),
        "deal_stages": companies._deal_stages(make, deal_ids, pipelines),
        "fx_rates": companies._rates(make, clocks.currency),
    }
    fixed_rates = companies._more_of_deals(make, drafts)
    for draft in drafts["pipeline_stages"]:
        draft.row["probability"] = make.one(("0.1", "0.35", "0.8", "1"), 0.5)
    _keep_deals_open(make, drafts["deals"])
    last = make.end.date() + timedelta(days=5)
    deliveries = [last - timedelta(days=60 * n) for n in range(make.one((1, 3, 6)))][::-1]
    files = [
        file
        for entity, rows in drafts.items()
        for file in companies.files_of(make, entity, rows, deliveries)
    ]
    seeds = {name: [] for name in companies.SEED_COLUMNS} | {"fixed_rates": fixed_rates}
    return Company(seed, clocks, variant, seeds, tuple(files))


def _keep_deals_open(make: Maker, drafts: list[Draft]) -> None:
    """Let more versions be open than chance would."""
    for draft in drafts:
        if make.maybe(0.35):
            draft.row = {**draft.row, "status": "open"}
