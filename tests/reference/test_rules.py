"""The reference itself, on cases small enough to work out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.reference.click_rules import expected_tables
from tests.reference.companies import random_company
from tests.reference.rules import Clocks, Text, instant, phone_number, rounded

CLOCKS = Clocks(as_of=datetime(2024, 6, 1, tzinfo=UTC), timezone="Europe/Warsaw")
SEEDS: dict[str, list[Text]] = {
    "lead_routing_panels": [
        {
            "panel_id": "p",
            "panel_name": "Panel",
            "handed_from_user_id": "main",
            "first_contact_tag": "called",
            "pipeline": "sales",
            "cp1_stage": "meeting",
            "cp2_stage": "offer",
            "final_stage": "signed",
            "is_active": "true",
        }
    ],
    "lead_routing_panel_sources": [
        {"panel_id": "p", "source_tag": "book", "label": "Book", "priority": "1"}
    ],
    "lead_routing_panel_sellers": [
        {"panel_id": "p", "user_id": "ann"},
        {"panel_id": "p", "user_id": "bob"},
    ],
}
STAGES = ("meeting", "offer", "signed", "gone")


def landed(**entities: list[Text]) -> dict[str, list[Text]]:
    entities["pipeline_stages"] = [
        {"pipeline": "sales", "stage": stage, "position": str(n), "kind": kind}
        for n, (stage, kind) in enumerate(zip(STAGES, ("open", "open", "won", "lost"), strict=True))
    ]
    return {
        entity: [
            {"_delivery_date": "2024-05-30", "_source_file": "a.csv", "_row_number": str(n)} | row
            for n, row in enumerate(rows)
        ]
        for entity, rows in entities.items()
    }


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2024-03-20T10:00:00+05:30", "UTC", datetime(2024, 3, 20, 4, 30, tzinfo=UTC)),
        ("2024-03-20 10:00", "Europe/Warsaw", datetime(2024, 3, 20, 9, 0, tzinfo=UTC)),
        ("2024-07-20", "Europe/Warsaw", datetime(2024, 7, 19, 22, 0, tzinfo=UTC)),
        ("2024-10-27 02:30", "Europe/Warsaw", datetime(2024, 10, 27, 0, 30, tzinfo=UTC)),
        ("2024-03-31 02:30", "Europe/Warsaw", datetime(2024, 3, 31, 1, 30, tzinfo=UTC)),
        ("2024-03-20T10:00:00.25Z", "UTC", datetime(2024, 3, 20, 10, 0, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_timestamps(text: str, zone: str, expected: datetime) -> None:
    assert instant(text, zone) == expected


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("601 234-567", "PL", "+48601234567"),
        ("0048 (601) 234.567", "DE", "+48601234567"),
        ("030/1234567", "DE", "+49301234567"),
        ("48601234567", "GB", "+48601234567"),
        ("486012345678", "GB", "+44486012345678"),
        ("-", "PL", None),
    ],
)
def test_phone_numbers(text: str, region: str, expected: str | None) -> None:
    assert phone_number(text, region) == expected


def test_money_is_rounded_half_away_from_zero() -> None:
    assert [rounded(Decimal(text)) for text in ("0.125", "-0.125", "2.5")] == [
        Decimal("0.13"),
        Decimal("-0.13"),
        Decimal("2.50"),
    ]


def test_one_contact_walks_through_the_panel() -> None:
    def at(hour: int) -> str:
        return f"2024-05-01T{hour:02d}:00:00Z"

    tables = expected_tables(
        landed(
            contacts=[{"contact_id": "c", "created_at": at(0)}],
            contact_merges=[
                {"merged_contact_id": "a", "surviving_contact_id": "b", "merged_at": at(20)},
                {"merged_contact_id": "b", "surviving_contact_id": "c", "merged_at": at(21)},
            ],
            contact_tags=[
                {"contact_id": "a", "tag": "book", "occurred_at": at(1)},
                {"contact_id": "a", "tag": "book", "occurred_at": at(2), "action": "remove"},
                {"contact_id": "c", "tag": "book", "occurred_at": at(3)},
                {"contact_id": "c", "tag": "called", "occurred_at": at(0)},
                {"contact_id": "c", "tag": "called", "occurred_at": at(7)},
            ],
            contact_owners=[
                {"contact_id": "b", "from_user_id": None, "to_user_id": "main",
                 "occurred_at": at(1)},
                {"contact_id": "b", "from_user_id": "main", "to_user_id": "bob",
                 "occurred_at": at(5)},
                {"contact_id": "c", "from_user_id": "bob", "to_user_id": "ann",
                 "occurred_at": at(6)},
            ],
            contact_stages=[
                {"contact_id": "c", "pipeline": "sales", "stage": "offer", "occurred_at": at(9)},
                {"contact_id": "c", "pipeline": "sales", "stage": "gone", "occurred_at": at(10)},
            ],
        ),
        CLOCKS,
        SEEDS,
    )  # fmt: skip
    (row,) = tables["fct_contact_acquisition"]
    start = datetime(2024, 5, 1, tzinfo=UTC)
    assert row == {
        "panel_id": "p",
        "contact_id": "c",
        "source_tag": "book",
        "acquired_at": start + timedelta(hours=1),
        "acquired_date": date(2024, 5, 1),
        "is_source_tie": False,
        "handed_over_at": start + timedelta(hours=5),
        "handed_over_date": date(2024, 5, 1),
        "handed_over_to": "bob",
        "hours_to_handover": 4.0,
        "handover_status": "handed_over",
        "first_activity_at": None,
        "first_contacted_at": start + timedelta(hours=7),
        "contacted_by": "ann",
        "first_contacted_date": date(2024, 5, 1),
        "hours_to_first_contact": 6.0,
        "cp1_entered_at": None,
        "cp2_entered_at": start + timedelta(hours=9),
        "final_entered_at": None,
        "cp1_reached": True,
        "cp2_reached": True,
        "final_reached": False,
        "current_stage": "gone",
        "is_lost": True,
        "reassigned_count": 1,
    }
    steps = tables["rpt_lead_routing_steps"]
    assert [row["reached"] for row in steps] == [1, 1, 1, 1, 1, 0]
    assert [row["implied"] for row in steps] == [0, 0, 0, 1, 0, 0]
    assert [row["not_passed_lost"] for row in steps] == [0, 0, 0, 0, 0, 1]


def test_a_deal_in_another_currency() -> None:
    tables = expected_tables(
        landed(
            contacts=[{"contact_id": "c", "created_at": "2024-05-01"}],
            deals=[
                {
                    "deal_id": "d",
                    "contact_id": "c",
                    "created_at": "2024-05-10T23:30:00Z",
                    "closed_at": "2024-05-11T23:30:00Z",
                    "pipeline": "sales",
                    "status": "won",
                    "amount": "10.005",
                    "currency": "PLN",
                }
            ],
            fx_rates=[
                {"date": "2024-05-05", "currency": "PLN", "rate": "0.25"},
                {"date": "2024-05-13", "currency": "PLN", "rate": "0.5"},
            ],
        ),
        CLOCKS,
        {},
    )
    (deal,) = tables["fct_deals"]
    assert deal["outcome_date"] == date(2024, 5, 12)
    assert (deal["amount"], deal["revenue_rc"]) == (Decimal("10.01"), Decimal("2.50"))
    assert (deal["cycle_days"], deal["nth_deal"], deal["paid_rc"]) == (1.0, 1, None)
    assert len(tables["rpt_top_deals"]) == 6


@pytest.mark.parametrize("seed", range(40))
def test_the_reference_conserves_what_it_counts(seed: int) -> None:
    company = random_company(seed)
    tables = expected_tables(company.landed(), company.clocks, company.seeds)
    flow, steps = tables["rpt_lead_routing_flow"], tables["rpt_lead_routing_steps"]
    acquired = len(tables["fct_contact_acquisition"])
    assert sum(row["acquired"] for row in flow) == acquired
    final = sum(row["reached"] for row in steps if row["step"] == "final")
    assert sum(row["not_passed"] for row in steps) + final == acquired
    for count in ("handed_over", "contacted", "cp1_entered", "final_entered"):
        sellers = sum(row[count] for row in tables["rpt_lead_routing_sellers"])
        sources = sum(row[count] for row in tables["rpt_lead_routing_seller_sources"])
        assert sellers == sources == sum(row[count] for row in flow)
