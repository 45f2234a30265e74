"""Three stories with fixed ids and times inside every demo company, and its bad rows.

The stories are the worked examples of docs/rules.md: LR-9 (from the e-book to the signed
contract), DJ-36 (three visits, then a call in the fourth) and DJ-37 (a call in the first visit).
Tests find them by :data:`GOLDEN`. They all lie before the first delivery's day. :data:`BAD_ROWS`
are the rows that landing must put into quarantine, one reason each.
"""

from __future__ import annotations

from leadhouse.demo.company import FIRST_CONTACT_TAG, MAIN_ACCOUNT, SALES

Row = dict[str, str]

GOLDEN: dict[str, str] = {
    "lr9_contact": "golden-lr9",
    "lr9_deal": "golden-lr9-deal",
    "lr9_seller": "u12",
    "dj36_contact": "golden-dj36",
    "dj36_visitor": "golden-dj36-visitor",
    "dj36_call": "golden-dj36-call",
    "dj36_contact_session": "golden-dj36-session-4",
    "dj36_deal": "golden-dj36-deal",
    "dj37_contact": "golden-dj37",
    "dj37_visitor": "golden-dj37-visitor",
    "dj37_call": "golden-dj37-call",
    "dj37_contact_session": "golden-dj37-session-1",
    "dj37_deal": "golden-dj37-deal",
}
"""The ids of the stories' rows.

LR-9, all times UTC: tagged e_book_polska and given to the main account 2026-03-02 09:00, handed to
u12 at 13:30 (4.5 hours), tagged wstępna_rozmowa 2026-03-03 10:15, stages 2026-03-10 12:00,
2026-03-24 15:00 and 2026-04-02 11:30; its deal is won that moment for 12,000 PLN.
DJ-36: visits on 2026-05-04, 05-06, 05-07 and 05-11 10:00; a call at 10:04 by a leased pool number:
three sessions before the contact, which is in the fourth. DJ-37: one visit 2026-06-09 14:00, a call
at 14:03: none before, in the first. Their deals are won for 4,800 EUR and 990 EUR.
"""

_POOL_36 = "+48225559036"
_POOL_37 = "+48225559037"
_PHONE_36 = "+48601900036"
_PHONE_37 = "+48601900037"


def _contact(
    contact_id: str, created_at: str, name: tuple[str, str], phone: str, owner: str
) -> Row:
    return {
        "contact_id": contact_id,
        "created_at": created_at,
        "updated_at": created_at,
        "first_name": name[0],
        "last_name": name[1],
        "email": f"{contact_id}@golden.example",
        "phone": phone,
        "country": "PL",
        "city": "Warszawa",
        "region": "mazowieckie",
        "owner_user_id": owner,
        "is_deleted": "false",
    }


def _deal(deal_id: str, contact_id: str, created_at: str, closed_at: str, money: str) -> Row:
    amount, currency = money.split()
    return {
        "deal_id": deal_id,
        "created_at": created_at,
        "updated_at": closed_at,
        "title": f"Deal {deal_id}",
        "contact_id": contact_id,
        "pipeline": SALES,
        "stage": "umowa podpisana",
        "owner_user_id": GOLDEN["lr9_seller"],
        "status": "won",
        "closed_at": closed_at,
        "amount": amount,
        "currency": currency,
        "product": "Wdrożenie CRM",
        "creation_method": "crm",
    }


def _session(story: str, number: int, started_at: str, utm: tuple[str, str, str]) -> Row:
    return {
        "session_id": f"golden-{story}-session-{number}",
        "visitor_id": GOLDEN[f"{story}_visitor"],
        "started_at": started_at,
        "utm_source": utm[0],
        "utm_medium": utm[1],
        "utm_campaign": utm[2],
        "landing_page": "https://xyz.example/ebook",
        "device": "desktop",
        "country": "PL",
    }


def _call(story: str, started_at: str, from_phone: str, to_phone: str) -> Row:
    return {
        "call_id": GOLDEN[f"{story}_call"],
        "started_at": started_at,
        "direction": "in",
        "from_phone": from_phone,
        "to_phone": to_phone,
        "user_id": GOLDEN["lr9_seller"],
        "status": "answered",
        "wait_seconds": "11",
        "talk_seconds": "245",
        "contact_id": GOLDEN[f"{story}_contact"],
        "call_count": "1",
    }


def _lease(story: str, phone: str, leased_at: str, released_at: str) -> Row:
    return {
        "phone": phone,
        "session_id": GOLDEN[f"{story}_contact_session"],
        "leased_at": leased_at,
        "released_at": released_at,
        "visitor_id": GOLDEN[f"{story}_visitor"],
    }


def _stages(deal_id: str, entered: tuple[tuple[str, str], ...]) -> list[Row]:
    return [
        {
            "deal_id": deal_id,
            "pipeline": SALES,
            "stage": stage,
            "occurred_at": moment,
            "actor_user_id": GOLDEN["lr9_seller"],
        }
        for stage, moment in entered
    ]


_LR9 = GOLDEN["lr9_contact"]
_CP1, _CP2, _FINAL = "spotkanie u klienta", "przedstawiona umowa", "umowa podpisana"
_LR9_STAGES = (
    (_CP1, "2026-03-10 12:00:00+00:00"),
    (_CP2, "2026-03-24 15:00:00+00:00"),
    (_FINAL, "2026-04-02 11:30:00+00:00"),
)

GOLDEN_ROWS: dict[str, list[Row]] = {
    "contacts": [
        _contact(_LR9, "2026-03-02 09:00:00+00:00", ("Jan", "Przykładny"), "601900009", "u12"),
        _contact(
            GOLDEN["dj36_contact"],
            "2026-05-11 10:06:00+00:00",
            ("Maria", "Czwarta"),
            _PHONE_36,
            "u12",
        ),
        _contact(
            GOLDEN["dj37_contact"],
            "2026-06-09 14:05:00+00:00",
            ("Oskar", "Pierwszy"),
            _PHONE_37,
            "u12",
        ),
    ],
    "contact_tags": [
        {
            "contact_id": _LR9,
            "tag": "e_book_polska",
            "occurred_at": "2026-03-02 09:00:00+00:00",
            "action": "add",
            "actor_user_id": "u03",
            "actor_type": "automation",
        },
        {
            "contact_id": _LR9,
            "tag": FIRST_CONTACT_TAG["A"],
            "occurred_at": "2026-03-03 10:15:00+00:00",
            "action": "add",
            "actor_user_id": GOLDEN["lr9_seller"],
            "actor_type": "user",
        },
    ],
    "contact_owners": [
        {
            "contact_id": _LR9,
            "to_user_id": MAIN_ACCOUNT,
            "occurred_at": "2026-03-02 09:00:00+00:00",
        },
        {
            "contact_id": _LR9,
            "from_user_id": MAIN_ACCOUNT,
            "to_user_id": GOLDEN["lr9_seller"],
            "occurred_at": "2026-03-02 13:30:00+00:00",
        },
    ],
    "contact_stages": [
        {
            "contact_id": _LR9,
            "pipeline": SALES,
            "stage": stage,
            "occurred_at": moment,
            "actor_user_id": GOLDEN["lr9_seller"],
        }
        for stage, moment in _LR9_STAGES
    ],
    "deals": [
        _deal(
            GOLDEN["lr9_deal"],
            _LR9,
            "2026-03-03 10:20:00+00:00",
            "2026-04-02 11:30:00+00:00",
            "12000.00 PLN",
        ),
        _deal(
            GOLDEN["dj36_deal"],
            GOLDEN["dj36_contact"],
            "2026-05-11 10:10:00+00:00",
            "2026-05-29 09:00:00+00:00",
            "4800.00 EUR",
        ),
        _deal(
            GOLDEN["dj37_deal"],
            GOLDEN["dj37_contact"],
            "2026-06-09 14:10:00+00:00",
            "2026-06-19 16:45:00+00:00",
            "990.00 EUR",
        ),
    ],
    "deal_stages": [
        *_stages(GOLDEN["lr9_deal"], (("nowy kontakt", "2026-03-03 10:20:00+00:00"), *_LR9_STAGES)),
        *_stages(
            GOLDEN["dj36_deal"],
            (
                ("nowy kontakt", "2026-05-11 10:10:00+00:00"),
                (_FINAL, "2026-05-29 09:00:00+00:00"),
            ),
        ),
        *_stages(
            GOLDEN["dj37_deal"],
            (
                ("nowy kontakt", "2026-06-09 14:10:00+00:00"),
                (_FINAL, "2026-06-19 16:45:00+00:00"),
            ),
        ),
    ],
    "sessions": [
        _session("dj36", 1, "2026-05-04 08:15:00", ("google", "cpc", "ebook_pl")),
        _session("dj36", 2, "2026-05-06 19:40:00", ("newsletter", "email", "webinar")),
        _session("dj36", 3, "2026-05-07 12:05:00", ("facebook", "paid_social", "cennik_pl")),
        _session("dj36", 4, "2026-05-11 10:00:00", ("google", "cpc", "brand_en")),
        _session("dj37", 1, "2026-06-09 14:00:00", ("facebook", "paid_social", "cennik_pl")),
    ],
    "number_leases": [
        _lease("dj36", _POOL_36, "2026-05-11 10:00:05", "2026-05-11 10:20:00"),
        _lease("dj37", _POOL_37, "2026-06-09 14:00:05", "2026-06-09 14:20:00"),
    ],
    "tracking_numbers": [
        {"phone": phone, "kind": "pool", "valid_from": "2025-10-01 00:00:00"}
        for phone in (_POOL_36, _POOL_37)
    ],
    "calls": [
        _call("dj36", "2026-05-11 10:04:00+00:00", _PHONE_36, _POOL_36),
        _call("dj37", "2026-06-09 14:03:00+00:00", _PHONE_37, _POOL_37),
    ],
}
"""Whole rows by entity; all come with the first delivery."""

BAD_ROWS: dict[str, list[tuple[int, Row]]] = {
    "contacts": [
        (0, {"contact_id": "bad-no-created", "first_name": "Brak"}),
        (1, {"contact_id": "bad-birth", "created_at": "2026-10-05", "birth_date": "31.12.1980"}),
    ],
    "contact_tags": [
        (
            0,
            {
                "contact_id": "bad-action",
                "tag": "vip",
                "occurred_at": "2026-01-05 10:00:00",
                "action": "toggle",
            },
        ),
        (
            0,
            {"contact_id": "bad-future", "tag": "vip", "occurred_at": "2027-01-05 10:00:00"},
        ),
    ],
    "contact_owners": [
        (0, {"contact_id": "bad-nobody", "to_user_id": "", "occurred_at": "2026-01-05 10:00:00"})
    ],
    "deals": [
        (
            0,
            {
                "deal_id": "bad-amount",
                "created_at": "2026-02-03 10:00:00",
                "pipeline": SALES,
                "status": "open",
                "amount": "12 000,50 zł",
            },
        ),
        (
            2,
            {
                "deal_id": "bad-status",
                "created_at": "2026-10-09 10:00:00",
                "pipeline": SALES,
                "status": "on hold",
            },
        ),
    ],
    "payments": [
        (
            0,
            {
                "payment_id": "bad-currency",
                "deal_id": "golden-lr9-deal",
                "paid_at": "2026-04-02 12:00:00",
                "amount": "100",
            },
        )
    ],
    "surveys": [
        (
            0,
            {
                "response_id": "bad-score",
                "responded_at": "2026-04-02 12:00:00",
                "contact_id": "golden-lr9",
                "score": "11",
            },
        )
    ],
    "enquiries": [
        (
            0,
            {
                "enquiry_id": "bad-channel",
                "occurred_at": "2026-04-02 12:00:00",
                "channel": "telepathy",
            },
        )
    ],
    "ad_spend": [
        (
            0,
            {
                "date": "2026-02-30",
                "platform": "google_ads",
                "account_id": "0123456789",
                "campaign_id": "1",
                "campaign": "ebook_pl",
                "cost": "1.00",
                "currency": "EUR",
            },
        )
    ],
}
"""By entity: the number of the delivery, and a row that fails the contract for one reason."""
