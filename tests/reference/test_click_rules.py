"""The reference from the click to the first contact, on cases worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.reference.click_rules import Clicks, Model, _host, _like, _spread, credit
from tests.reference.rules import Clocks, Row, Text, World

CLOCKS = Clocks(as_of=datetime(2024, 6, 1, tzinfo=UTC))
OTHER: Text = {"priority": "99", "source": None, "medium": None, "channel": "Other"}
SEEDS: dict[str, list[Text]] = {"channels": [{**OTHER, "demand_class": "unknown"}]}
NOON = datetime(2024, 5, 20, 12, tzinfo=UTC)


def clicks(**entities: list[Text]) -> Clicks:
    landed = {
        entity: [
            {"_delivery_date": "2024-05-30", "_source_file": "a.csv", "_row_number": str(n)} | row
            for n, row in enumerate(rows)
        ]
        for entity, rows in entities.items()
    }
    return Clicks(World(landed, CLOCKS, SEEDS))


def session(number: int, at: datetime, **values: str) -> Text:
    return {"session_id": f"s{number}", "visitor_id": "v", "started_at": at.isoformat(), **values}


def call(at: datetime, **values: str) -> Text:
    given = {"direction": "in", "status": "answered", "to_phone": "601000001", **values}
    return {"call_id": "k", "started_at": at.isoformat(), **given}


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("Google Ads", "google%", True),
        ("google", "google%", True),
        ("my google", "google%", False),
        ("facebook", "f_cebook", True),
        ("fcebook", "f_cebook", False),
        ("anything", None, True),
        (None, "%", False),
        (None, "", True),
        ("a.b", "a%b%", True),
        ("ab", "%a", False),
    ],
)
def test_patterns(value: str | None, pattern: str | None, expected: bool) -> None:
    assert _like(value, pattern) is expected


def test_hosts() -> None:
    assert _host("https://www.Shop.example:443/a?b=https://x.example") == "shop.example"
    assert _host("http://m.shop.example") == "m.shop.example"
    assert _host(None) is None


@pytest.mark.parametrize(
    ("minutes", "released", "method"),
    [
        (-1, 10, "none"),
        (0, 10, "dynamic"),
        (39, 10, "dynamic"),
        (40, 10, "none"),
        (149, None, "dynamic"),
        (150, None, "none"),
    ],
)
def test_a_lease_covers_its_grace(minutes: int, released: int | None, method: str) -> None:
    lease = {"phone": "+48 601-000-001", "session_id": "s1", "leased_at": NOON.isoformat()}
    if released is not None:
        lease["released_at"] = (NOON + timedelta(minutes=released)).isoformat()
    world = clicks(
        sessions=[session(1, NOON, utm_source="google")],
        number_leases=[lease],
        calls=[call(NOON + timedelta(minutes=minutes))],
    )
    assert world.calls[0]["match_method"] == method
    assert world.calls[0]["source"] == ("google" if method == "dynamic" else "(unknown)")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"utm_source": "yandex"}, ["(unknown)", None, None]),
        ({"utm_source": "google"}, ["google", None, None]),
        ({"utm_source": "google", "utm_medium": "cpc"}, ["google", "cpc", None]),
    ],
)
def test_two_candidates_share_what_they_agree_on(other: Text, expected: list[str | None]) -> None:
    labels = {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "lato"}
    leases: list[Text] = [
        {"phone": "601000001", "session_id": f"s{n}", "leased_at": NOON.isoformat()} for n in (1, 2)
    ]
    world = clicks(
        sessions=[session(1, NOON, **labels), session(2, NOON, **other)],
        number_leases=leases,
        calls=[call(NOON)],
    )
    row = world.calls[0]
    assert (row["match_method"], row["match_candidates"]) == ("dynamic_ambiguous", 2)
    assert row["session_id"] is None
    assert [row[name] for name in ("source", "medium", "campaign")] == expected


@pytest.mark.parametrize(("visits", "before"), [(4, 3), (1, 0)])
def test_sessions_before_contact(visits: int, before: int) -> None:
    starts = [NOON + timedelta(days=n) for n in range(visits)]
    world = clicks(
        sessions=[session(n, at) for n, at in enumerate(starts)],
        contacts=[{"contact_id": "c", "created_at": NOON.isoformat()}],
        deals=[
            {
                "deal_id": "d",
                "contact_id": "c",
                "created_at": starts[-1].isoformat(),
                "status": "won",
            }
        ],
        calls=[call(starts[-1], contact_id="c", session_id=f"s{visits - 1}")],
    )
    (deal,) = world.deals
    assert deal["contact_channel"] == "call"
    assert (deal["sessions_before_contact"], deal["contact_session_no"]) == (before, before + 1)
    assert (deal["source"], deal["medium"]) == ("direct", "none")


def test_a_cost_is_spread_in_cents() -> None:
    first = date(2024, 5, 1)
    assert [share for _, share in _spread(Decimal("0.05"), first, date(2024, 5, 3))] == [
        Decimal("0.02"),
        Decimal("0.02"),
        Decimal("0.01"),
    ]
    assert _spread(Decimal("-10.01"), first, date(2024, 4, 1)) == [(first, Decimal("-10.01"))]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Model("m", "first", None, None, None, None), [1, 0, 0]),
        (Model("m", "last", None, None, None, None), [0, 0, 1]),
        (Model("m", "last_non_direct", None, None, None, None), [0, 1, 0]),
        (Model("m", "linear", None, None, None, None), [1 / 2, 1 / 2, 0]),
        (Model("m", "position", None, None, 0.4, 0.4), [1 / 2, 1 / 2, 0]),
        (Model("m", "time_decay", None, 1.0, None, None), [1 / 3, 2 / 3, 0]),
    ],
)
def test_credit(model: Model, expected: list[float]) -> None:
    touches: list[Row] = [
        {"occurred_at": NOON - timedelta(days=days), "is_direct": is_direct}
        for days, is_direct in ((3, False), (2, False), (1, True))
    ]
    assert credit(model, touches, NOON) == pytest.approx(expected)
    assert credit(model, [], NOON) == []
    assert credit(model, touches[2:], NOON) == [1.0]
