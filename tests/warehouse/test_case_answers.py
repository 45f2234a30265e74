"""The small files that people of this trade meet, as they are answered by the published tables.

Those that get in no other's way stand in one company.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.load import failure_message
from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import load_settings
from tests.ingestion.company import land
from tests.warehouse.conftest import Projects

CASES = PROJECT_ROOT.parent / "shared" / "cases"

pytestmark = pytest.mark.skipif(
    not CASES.exists(), reason="the cases (../shared/cases) are not on this machine"
)
SHARED = (
    "21-phones",
    "22-emails",
    "23-merges",
    "25-account-writings",
    "26-blanks",
    "27-sessions",
    "28a-zero-date",
    "28b-open-ended-cost",
    "29-call-legs",
)
ALONE = "40-ga-direct"
"""It has the ids of others' rows."""

Rows = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def company(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rows]:
    with _built(projects, tmp_path_factory.mktemp("cases"), SHARED) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def _built(projects: Projects, folder: Path, cases: tuple[str, ...]) -> duckdb.DuckDBPyConnection:
    """These cases in one drop folder, each file under its case's name, landed and built."""
    for case in cases:
        for path in sorted((CASES / case / "drop").glob("*/*.csv")):
            day = folder / "drop" / path.parent.name
            day.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, day / f"{path.stem}-{case}.csv")
    settings = load_settings(
        {
            "LEADHOUSE_AS_OF": "2026-01-01",
            "LEADHOUSE_TIMEZONE": "Europe/Warsaw",
            "LEADHOUSE_DROP": str(folder / "drop"),
            "LEADHOUSE_HOME": str(folder / "home"),
        }
    )
    results = land(settings)
    assert failure_message(results) is None
    return projects("default").build(settings, folder)


def persons(company: Rows, ids: str) -> dict[str, str]:
    found = company(
        "select contact_id, person_id from leadhouse.marts.dim_contacts "
        f"where regexp_full_match(contact_id, '{ids}')"
    )
    return dict(found)


def counted(company: Rows, rule: str) -> list[tuple[Any, ...]]:
    """How many rows data quality counts under rules whose names are like this."""
    return company(
        "select failing_rows, sample_keys from leadhouse.trust.rpt_data_quality "
        f"where rule like '{rule}' and failing_rows > 0"
    )


def test_each_number_of_a_cell_identifies_and_what_is_none_nobody(company: Rows) -> None:
    callers = dict(
        company(
            "select call_id, contact_id from leadhouse.marts.fct_calls "
            "where started_date = date '2025-05-10' and regexp_full_match(call_id, '(k|anon).*')"
        )
    )
    numbers = {"k1": "p1", "k1b": "p1", "k2": "p2", "k2b": "p2", "k6": "p6", "k7": "p7"}
    numbers |= {f"k{at}": f"p{at}" for at in (9, 10, 11, 14, 15, 17)}
    assert callers == numbers | {f"anon{at}": None for at in range(1, 6)}
    assert all(contact == person for contact, person in persons(company, "p[0-9]+").items())
    assert counted(company, "%phone%")


def test_the_address_inside_a_cell_identifies_and_a_word_nobody(company: Rows) -> None:
    people = persons(company, "e[0-9]+")
    together = [("e5", "e6", "e7"), ("e8", "e9"), ("e16", "e17"), ("e20", "e21"), ("e22", "e23")]
    for same in together:
        assert {people[contact] for contact in same} == {same[0]}
    alone = people.keys() - {contact for same in together for contact in same}
    assert {people[contact] for contact in alone} == alone
    assert counted(company, "%e-mail%")


def test_a_loop_of_merges_loses_its_latest_and_nothing_else(company: Rows) -> None:
    owners = dict(
        company(
            "select deal_id, contact_id from leadhouse.marts.fct_deals where deal_id like 'Dm%'"
        )
    )
    assert owners["Dm1"] == owners["Dm2"] == owners["Dm3"] == "m3"
    assert owners["Dm4"] == owners["Dm5"] == "m5"
    assert (owners["Dm6"], owners["Dm9"]) == ("m6", "m9")
    assert company(
        "select row_number, reason like '%loop%' from leadhouse.trust.rpt_quarantine "
        "where entity = 'contact_merges'"
    ) == [(5, True)]


def test_an_account_is_replaced_however_it_is_written(company: Rows) -> None:
    assert company(
        "select sum(cost)::decimal(9, 2)::varchar from leadhouse.marts.fct_ad_spend "
        "where kind = 'ad'"
    ) == [("165.00",)]


def test_blanks_around_words_and_several_contacts_on_a_card(company: Rows) -> None:
    deals = "select deal_id, contact_id, currency, stage from leadhouse.marts.fct_deals"
    assert company(f"{deals} where deal_id like 'B%' order by all") == [
        ("B1", "C1", "EUR", "Offer"),
        ("B2", "C2", "EUR", "Offer"),
        ("B4", "C1", "EUR", "Offer"),
    ]
    assert company(
        "select contact_id from leadhouse.marts.fct_deal_contacts where deal_id = 'B4' order by all"
    ) == [("C1",), ("C2",)]
    assert counted(company, "%several contacts%") == [(1, "B4")]


def test_sessions_say_where_they_came_from(company: Rows) -> None:
    found = company(
        "select contact_id, source, medium, campaign from leadhouse.marts.dim_contacts "
        "where regexp_full_match(contact_id, 'c[0-9]+')"
    )
    assert {contact: labels for contact, *labels in found} == {
        "c2": ["google", "cpc", "brand"],
        "c4": ["linkedin", "social", "post1"],
        "c5": ["linkedin", "social", "post1"],
        "c6": ["google", "organic", None],
        "c7": ["direct", "none", None],
        "c8": ["direct", "none", None],
        "c9": ["direct", "none", None],
        "c10": ["google", "organic", None],
        "c11": ["(unknown)", None, None],
        "c12": ["newsletter maj", "email", None],
    }
    assert company("select source from leadhouse.marts.fct_sessions where session_id = 's11'") == [
        ("(unknown)",)
    ]
    assert company(
        "select source, medium, campaign from leadhouse.marts.fct_ad_spend where kind = 'other'"
    ) == [("linkedin", "social", "post1")]


def test_days_of_zeros_are_empty_and_counted(company: Rows) -> None:
    assert company("select source from leadhouse.marts.dim_contacts where contact_id = 'T1'") == [
        ("google",)
    ]
    assert counted(company, "impossible date or time")


def test_a_cost_without_an_end_is_no_spend(company: Rows) -> None:
    assert company("select count(*) from leadhouse.marts.fct_ad_spend where source = 'radio'") == [
        (0,)
    ]


def test_legs_of_a_call_are_one_call(company: Rows) -> None:
    assert company(
        "select status, talk_seconds, user_id, legs, call_count from leadhouse.marts.fct_calls "
        "where call_id = '7001'"
    ) == [("answered", 180, "u1", 2, 1)]


def test_direct_in_any_writing_is_no_first_source(projects: Projects, tmp_path: Path) -> None:
    with _built(projects, tmp_path, (ALONE,)) as connection:
        found = connection.execute(
            "select source, medium, campaign from leadhouse.marts.dim_contacts"
        )
        assert found.fetchall() == [("google", "cpc", "brand")]
