"""A real company's export lands by its mapping files and gives its known facts."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from tests.ingestion.company import Company, settings_for

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "school_crm_2023h2"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data are not here: {DATA} is absent"),
]


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    company = Company(settings_for(tmp_path_factory.mktemp("school"), timezone="Europe/Berlin"))
    delivery = company.drop / "2024-12-31"
    delivery.mkdir(parents=True)
    for part in ("deals", "contacts", "calls", "spend"):
        shutil.copyfile(DATA / f"{part}.csv", delivery / f"school_{part}.csv")
    results = {(result.target.file, result.target.entity): result for result in company.land()}
    return company, results


@pytest.fixture(scope="module")
def facts():
    listed = json.loads((DATA / "facts.json").read_text())["facts"]
    return {fact["id"]: fact["value"] for fact in listed}


def test_every_row_is_accounted_for(school, facts):
    _, results = school
    counts = {
        key: (result.rows_read, result.rows_loaded, result.rows_quarantined, result.rows_excluded)
        for key, result in results.items()
    }
    deals, without_id = facts["rows_deals_raw"], 2
    paid = {row[0]: row[1] for row in facts["deals_by_stage"]["rows"]}["Payment Done"]
    payments = paid - facts["dq_paid_without_amount"]["null_amount"]
    assert counts == {
        ("school_deals.csv", "deals"): (deals, deals - without_id, 0, without_id),
        ("school_deals.csv", "payments"): (deals, payments, 0, deals - payments),
        ("school_deals.csv", "pipeline_stages"): (deals, deals - without_id, 0, without_id),
        ("school_deals.csv", "users"): (deals, deals - 31, 0, 31),
        ("school_contacts.csv", "contacts"): (facts["rows_contacts_raw"],) * 2 + (0, 0),
        ("school_contacts.csv", "users"): (facts["rows_contacts_raw"],) * 2 + (0, 0),
        ("school_calls.csv", "calls"): (facts["rows_calls_raw"],) * 2 + (0, 0),
        ("school_calls.csv", "users"): (facts["rows_calls_raw"],) * 2 + (0, 0),
        ("school_spend.csv", "ad_spend"): (facts["rows_spend_raw"],) * 2 + (0, 0),
    }


def test_ids_keep_their_nineteen_digits(school, facts):
    company, _ = school
    assert company.query(
        "select count(*), count(distinct deal_id), min(length(deal_id)) from raw.deals"
    ) == [(facts["deals_valid"]["n"], facts["deals_valid"]["ids"], 19)]


def test_times_are_instants_of_berlin(school, facts):
    company, _ = school
    local = "strftime(timezone('Europe/Berlin', {}::timestamptz), '%Y-%m-%dT%H:%M:%S')"
    for entity, column, fact, low, high in (
        ("deals", "created_at", "deal_period", "c0", "c1"),
        ("contacts", "created_at", "contact_period", "a", "b"),
        ("calls", "started_at", "call_period", "a", "b"),
    ):
        moments = local.format(column)
        assert company.query(f"select min({moments}), max({moments}) from raw.{entity}") == [
            (facts[fact][low], facts[fact][high])
        ]
    months = dict(
        company.query(
            "select strftime(timezone('Europe/Berlin', started_at::timestamptz), '%Y-%m'), "
            "count(*) from raw.calls group by 1"
        )
    )
    assert months == dict(map(tuple, facts["calls_by_month"]["rows"]))


def test_stages_and_reasons(school, facts):
    company, _ = school
    assert dict(company.query("select stage, count(*) from raw.deals group by 1")) == dict(
        map(tuple, facts["deals_by_stage"]["rows"])
    )
    assert dict(
        company.query(
            "select lost_reason, count(*) from raw.deals where status = 'lost' group by 1"
        )
    ) == dict(map(tuple, facts["deals_lost_reason"]["rows"]))


def test_first_payments_by_source(school, facts):
    company, _ = school
    landed = company.query(
        "select d.source, sum(p.amount::decimal(18, 2)) from raw.payments p "
        "join raw.deals d using (deal_id) group by 1"
    )
    known = {row[0]: Decimal(str(row[4])) for row in facts["funnel_by_source"]["rows"]}
    assert dict(landed) == {source: money for source, money in known.items() if money}


def test_both_money_formats_are_read(school):
    company, _ = school
    assert company.query(
        "select count(*) filter (where contains(amount, '.')), "
        "count(*) filter (where amount = '3500'), count(*) filter (where amount = '11000') "
        "from raw.deals"
    ) == [(11, 96, 930)]


def test_spend(school, facts):
    company, _ = school
    (total,) = company.query(
        "select sum(cost::decimal(18, 2)), sum(clicks::bigint), sum(impressions::bigint) "
        "from raw.ad_spend"
    )
    known = facts["spend_total"]
    assert total == (Decimal(str(known["spend"])), known["clicks"], known["impressions"])
    assert company.query(
        "select count(*) from raw.ad_spend where campaign = '(none)' and campaign_id = campaign"
    ) == [(2361,)]


def test_calls(school, facts):
    company, _ = school
    assert company.query(
        "select count(*) filter (where status = 'answered' and direction = 'out'), "
        "count(*) filter (where direction = 'in'), count(contact_id) from raw.calls"
    ) == [(24007, 2413 + 1052, facts["calls_contact_link"]["resolved"])]


def test_what_is_not_mapped_is_kept(school):
    company, results = school
    assert "Initial Amount Paid" in results["school_deals.csv", "deals"].unknown_columns
    assert results["school_deals.csv", "payments"].unknown_columns == ()
    assert company.query(
        "select count(*) from raw.deals where json_extract_string(_extra, 'Quality') = 'F'"
    ) == [(3,)]
