"""What comes before the sales of a random company: clicks, calls, enquiries, numbers and spend.

``click_drafts`` adds to a company of companies.py. Its instants lie where the rules have their
edges: in the second a lease ends, whole days before a deal, noon of a number's change of source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from tests.reference.rules import Clocks, Text, instant, phone_number

if TYPE_CHECKING:
    from tests.reference.companies import Maker

Added = tuple[str, Text, date | None, date | None]

WITHHELD = ("anonymous", "withheld", "-", None, "Anonim", " ", "+266696687", "0000")
SOURCES = ("google", " Google", "yandex", "facebook", "newsletter", "Leaflet", "partner.example")
MEDIA = ("cpc", "organic", "email", "offline", "CPC", "(None) ")
EMPTY_LABELS = (
    ("direct", "direct", "false"),
    ("(direct)", "direct", "true"),
    ("(none)", "empty", "true"),
    ("(NOT set)", "empty", "true"),
)
CAMPAIGNS = ("lato", "Zima 50%", "brand_pl", "(Not Set)")
KEYWORDS = ("okna", "drzwi; tanie", "okna")
REFERRERS = (
    "https://www.google.com/search?q=okna",
    "https://Google.com:443/",
    "http://forum.example/t/1?u=https://x.example",
    "https://www.shop.example/other",
    "https://shop.example",
    "https://m.shop.example/",
    "https://yandex.ru",
    "https://outlet.example/x",
    "https://secure.payu.example/pay",
    "android-app://com.google.android.gm/",
)
LANDINGS = (
    "https://shop.example/a?utm=1",
    "https://www.shop.example",
    "http://SHOP.example/b",
    "https://shop.example/?utm_source=google&UTM_Medium=cpc&utm_campaign=Zima%2050%25&gclid=x",
    "https://outlet.example/a#utm_source=news+letter&utm_term=",
    "https://outlet.example/?wbraid=1",
)
PLATFORMS = ("google_ads", "Yandex.Direct", "Meta Ads", "rtb house", "telegram")
CURRENCIES = ("EUR", "PLN", "USD", "CZK")
CHANNELS = (
    *("form", "chat", "marketplace", "email", "messenger"),
    *("social", "support", "post", "walk_in", "manual"),
)
STATUSES = ("answered", "answered", "answered", "missed", "busy", "failed", "voicemail")
TRACKING_TAILS = ("90", "91", "92", "93", "94", "95", "96")


@dataclass
class _Clicks:
    """The people of a company as its web and phone systems see them."""

    make: Maker
    clocks: Clocks
    ids: list[str]
    phones: list[str]
    emails: list[str]
    edges: list[datetime]
    sessions: list[tuple[str, str, datetime]] = field(default_factory=list)
    leases: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    changes: list[datetime] = field(default_factory=list)

    def moment(self) -> datetime:
        if self.edges and self.make.maybe(0.25):
            return self.make.one(self.edges)
        return self.make.moment()

    def number(self, tail: str) -> str:
        """A number of the company's own, in one of its writings."""
        national = {"PL": "2255501", "DE": "0301234567", "GB": "020794600"}
        region = self.clocks.phone_region
        return self.make.home_phone(region, national[region] + tail)

    def client(self) -> str | None:
        """The phone of somebody who calls."""
        make, region = self.make, self.clocks.phone_region
        if make.maybe(0.12):
            return make.one(WITHHELD)
        if make.maybe(0.06):
            return self.number(TRACKING_TAILS[-1])
        if self.phones and make.maybe(0.75):
            known = make.one(self.phones)
            if make.maybe(0.4):
                number = phone_number(known, region) or known
                wholly = (number, "00" + number[1:], f"{number[:5]} ({number[5:]})")
                return make.one((*wholly, f"{number} wew. 12", f"tel:{number}", f"'{number}"))
            return known
        return make.one(("+48 511 222 333", "0048511222333", "+4930999", "+999123"))

    def labels(self, empty: float) -> dict[str, str | None]:
        make = self.make
        if make.maybe(empty):
            return {}
        source = (
            make.one(SOURCES)
            if make.maybe(0.9)
            else make.one(("direct", " Direct", "(DIRECT)", "(none)", None))
        )
        return {
            "source": source,
            "medium": make.one(MEDIA, 0.3),
            "campaign": make.one(CAMPAIGNS, 0.4),
        }


def click_seeds(make: Maker, tags: Sequence[str]) -> dict[str, list[Text]]:
    """The seeds that say what is a source, a channel and an attribution model."""
    rng = make.rng
    source_tags = [
        {
            "tag": tag,
            "source": make.one(SOURCES),
            "medium": make.one(MEDIA, 0.3),
            "campaign": make.one(CAMPAIGNS, 0.5),
        }
        for tag in make.rng.sample(tags, make.one((0, 0, 1, 3)))
    ]
    source_rules: list[Text] = []
    for priority in rng.sample(range(5, 120), make.one((0, 2, 4, 8))):
        click_id = make.one(("gclid", "yclid", "%clid", "FBCLID", "_clid"), 0.6)
        source_rules.append(
            {
                "priority": str(priority),
                "utm_source": make.one(("google%", "GOOGLE", "%a%", "f_cebook"), 0.5),
                "utm_medium": make.one(("cpc", "c%", "%L"), 0.6),
                "referrer_domain": make.one(("google.%", "%.example", "ya%"), 0.7),
                "click_id": click_id,
                "source": make.one((*SOURCES, "=")),
                "medium": make.one(MEDIA, 0.2),
            }
        )
    channels: list[Text] = []
    for priority in rng.sample(range(1, 99), make.one((0, 3, 6, 10))):
        channels.append(
            {
                "priority": str(priority),
                "source": make.one(("google%", "direct", "(%)", "%o%", "leaflet"), 0.3),
                "medium": make.one(("cpc", "none", "off%", "_pc"), 0.5),
                "channel": make.one(("Context", "SEO", "Leaflets", "Nobody knows")),
                "demand_class": make.one(("marketing", "unknown", "word_of_mouth")),
                "is_paid": make.one(("true", "false")),
            }
        )
    other = {"source": None, "medium": None, "channel": "Other", "demand_class": "unknown"}
    channels.append({"priority": "99", **other, "is_paid": "false"})
    families = (
        "first",
        "last",
        "last_non_direct",
        "linear",
        "position",
        "time_decay",
    )
    models: list[Text] = []
    for number, family in enumerate((*families, make.one(families), make.one(families))):
        models.append(
            {
                "model_id": f"{family}_{number}",
                "family": family,
                "lookback_days": make.one(("1", "2", "5", "30", "90"), 0.2),
                "half_life_days": make.one(("1", "7", "0.5")) if family == "time_decay" else None,
                "first_weight": make.one(("0.4", "0.3", "0.5")) if family == "position" else None,
                "last_weight": make.one(("0.4", "0.5")) if family == "position" else None,
            }
        )
    models.append(
        {
            **dict.fromkeys(models[0]),
            "model_id": "removal",
            "family": "removal_effect",
            "lookback_days": models[0]["lookback_days"],
        }
    )
    platforms: list[Text] = [
        {
            "priority": str(priority),
            "platform": make.one(("google%", "yandex%", "META%", "%ads", "rtb_house")),
            "source": make.one(SOURCES),
            "medium": make.one(MEDIA, 0.2),
            "click_id": make.one(("gclid", "yclid"), 0.5),
        }
        for priority in rng.sample(range(50), make.one((0, 2, 4)))
    ]
    return {
        "source_tags": source_tags,
        "source_rules": source_rules,
        "channels": channels,
        "attribution_models": models,
        "ad_platforms": platforms,
        "own_hosts": [
            {"host": host, "kind": kind}
            for host, kind in (("payu.%", "payment"), ("Outlet.example", "own"))
            if make.maybe(0.5)
        ],
        "empty_labels": [
            {"label": label, "meaning": meaning, "in_campaigns": in_campaigns}
            for label, meaning, in_campaigns in EMPTY_LABELS
        ],
    }


def click_drafts(
    make: Maker,
    clocks: Clocks,
    contacts: list[Text],
    deals: list[Text],
    ids: list[str],
    deliveries: list[date],
) -> list[Added]:
    """What comes before the sales of a company; its contacts' cards get sources of their own.

    Each row comes with its entity, the earliest delivery that may hold it and the day of the only
    one that does.
    """
    latest = make.end + timedelta(days=3)
    edges = []
    for row in deals:
        created = instant(row["created_at"], clocks.source_timezone)
        for days in (0, 1, 2, 5, 30):
            edges.append(created - timedelta(days=days))
        edges.append(created - timedelta(days=5, microseconds=1))
    clicks = _Clicks(
        make,
        clocks,
        ids,
        [row["phone"] for row in contacts if row.get("phone")],
        [row["email"] for row in contacts if row.get("email")],
        [edge for edge in edges if edge <= latest],
    )
    card_share = make.one((0.0, 0.1, 0.4))
    for row in deals:
        if card_share == 0:
            row["source"] = None
    for row in contacts:
        if make.maybe(card_share):
            labels = clicks.labels(0.1)
            row.update({f"lead_{name}": value for name, value in labels.items()})
        if make.maybe(0.04):
            row["phone"] = clicks.number(TRACKING_TAILS[-1])
    add = _Adder()
    _sessions(clicks, add)
    _numbers(clicks, add)
    _calls(clicks, add)
    _enquiries(clicks, add)
    _ad_spend(clicks, add, deliveries)
    _manual_costs(clicks, add)
    _emails(clicks, add)
    return add.added


@dataclass
class _Adder:
    added: list[Added] = field(default_factory=list)

    def __call__(
        self, entity: str, row: Text, not_before: date | None = None, only: date | None = None
    ) -> None:
        self.added.append((entity, row, not_before, only))


def _sessions(clicks: _Clicks, add: _Adder) -> None:
    make = clicks.make
    visitors = [f"v{n}" for n in range(make.one((1, 3, 8, 15)))]
    sources, media = make.one((SOURCES, SOURCES[:2], SOURCES[:1])), make.one((MEDIA, MEDIA[:1]))
    tagged_share = make.one((0.1, 0.4, 0.9))
    for number in range(make.one((0, 5, 20, 40, 60))):
        at = clicks.moment()
        if make.maybe(0.1):
            at -= timedelta(days=clicks.clocks.caller_history_days)
        session_id = f"s{number:03d}"
        visitor_id = make.one(visitors)
        clicks.sessions.append((session_id, visitor_id, at))
        for _ in range(make.one((1, 1, 1, 1, 2))):
            is_tagged, is_clicked = make.maybe(tagged_share), make.maybe(0.2)
            row: Text = {
                "session_id": session_id,
                "visitor_id": visitor_id,
                "started_at": make.written(at),
                "utm_source": make.one(sources, 0.1) if is_tagged else None,
                "utm_medium": make.one(media, 0.3) if is_tagged else None,
                "utm_campaign": make.one(CAMPAIGNS, 0.3) if is_tagged else None,
                "utm_content": make.one(("a",), 0.8) if is_tagged else None,
                "utm_term": make.one(KEYWORDS, 0.4) if is_tagged else None,
                "gclid": make.one(("g1",), 0.6) if is_clicked else None,
                "yclid": make.one(("y1",), 0.7) if is_clicked else None,
                "fbclid": make.one(("f1",), 0.5) if is_clicked else None,
                "referrer": make.one(REFERRERS, 0.5),
                "landing_page": make.one(LANDINGS, 0.2),
                "device": "phone",
            }
            add("sessions", row, at.astimezone(UTC).date())


def _numbers(clicks: _Clicks, add: _Adder) -> None:
    make = clicks.make
    noon = (make.start + timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0)
    clicks.changes = [noon, noon + timedelta(days=2), noon + timedelta(days=5)]
    for tail in TRACKING_TAILS[4:6]:
        kind = make.one(("static_online", "static_offline"))
        for valid_from in (noon - timedelta(days=60), *make.rng.sample(clicks.changes, 2)):
            valid_to = make.one((*clicks.changes, noon + timedelta(days=30)), 0.5)
            row: Text = {
                "phone": clicks.number(tail),
                "kind": make.one((kind, kind, "pool")),
                "valid_from": make.written(valid_from),
                "valid_to": valid_to and make.written(valid_to),
                **clicks.labels(0.1),
                "event_name": make.one(("fair",), 0.7),
                "pool": "shop",
            }
            if make.maybe(0.8):
                add("tracking_numbers", row)
    others = [(TRACKING_TAILS[-1], "own"), *((tail, "pool") for tail in TRACKING_TAILS[:3])]
    for tail, kind in others:
        if make.maybe(0.8):
            pool = "shop" if tail == TRACKING_TAILS[1] else None
            row = {"phone": clicks.number(tail), "kind": kind, "pool": pool}
            add("tracking_numbers", {**row, "valid_from": make.written(noon - timedelta(days=90))})
    pool = TRACKING_TAILS[: make.one((1, 2, 4))]
    for session_id, visitor_id, at in clicks.sessions:
        if not make.maybe(0.6):
            continue
        leased = at + timedelta(seconds=make.one((0, 5, 60)))
        minutes = make.one((0, 1, 10, 45, 120, 600, 2000))
        released = make.one((leased + timedelta(minutes=minutes),), 0.3)
        tail = make.one(pool)
        if make.maybe(0.05):
            session_id = "never landed"
        row = {
            "phone": clicks.number(tail),
            "session_id": session_id,
            "leased_at": make.written(leased),
            "released_at": released and make.written(released),
            "visitor_id": make.one((visitor_id,), 0.3),
        }
        add("number_leases", row)
        if make.maybe(0.05):
            add("number_leases", {**row, "released_at": make.written(leased + timedelta(hours=1))})
        end = released or leased + timedelta(minutes=clicks.clocks.lease_max_minutes)
        clicks.leases.append((tail, leased, end))


def _calls(clicks: _Clicks, add: _Adder) -> None:
    make, clocks = clicks.make, clicks.clocks
    grace = timedelta(minutes=clocks.lease_grace_minutes)
    tick = timedelta(microseconds=1)
    latest = make.end + timedelta(days=3)
    talk = clocks.target_call_seconds
    for number in range(make.one((0, 5, 20, 40, 80))):
        at, tail = clicks.moment(), make.one(TRACKING_TAILS)
        if clicks.leases and make.maybe(0.6):
            tail, leased, end = make.one(clicks.leases)
            inside = leased + timedelta(seconds=make.rng.randrange(0, 3600))
            late = end + grace
            edges = (leased, leased - tick, end, end - tick, late, late - tick, late + tick)
            at = make.one((*edges, inside, inside))
        elif make.maybe(0.3):
            tail = make.one(TRACKING_TAILS[4:6])
            at = make.one(clicks.changes) - make.one((timedelta(), tick, timedelta(hours=1)))
        elif clicks.sessions and make.maybe(0.2):
            session_at = make.one(clicks.sessions)[2]
            edge = timedelta(days=clocks.caller_history_days)
            at = session_at + make.one((edge, edge + tick, timedelta()))
        if at > latest:
            continue
        is_in = make.maybe(0.8)
        client, company = clicks.client(), make.one((clicks.number(tail),), 0.05)
        session_id = visitor_id = None
        if clicks.sessions and make.maybe(0.2):
            session_id, visitor_id, _ = make.one(clicks.sessions)
            session_id = session_id if make.maybe(0.5) else make.one(("no such session", None))
            visitor_id = make.one((visitor_id, "v of nobody", None))
        row: Text = {
            "call_id": f"k{number:03d}",
            "started_at": make.written(at),
            "direction": "in" if is_in else "out",
            "from_phone": client if is_in else company,
            "to_phone": company if is_in else client,
            "user_id": make.one(("u1", "u2"), 0.3),
            "status": make.one(STATUSES),
            "wait_seconds": make.one(("0", "7"), 0.3),
            "talk_seconds": make.one(("0", str(talk - 1), str(talk), "600"), 0.2),
            "session_id": session_id,
            "visitor_id": visitor_id,
            "contact_id": make.one(clicks.ids) if clicks.ids and make.maybe(0.2) else None,
            **clicks.labels(0.85),
            "keyword": make.one(KEYWORDS, 0.7),
            "call_count": make.one(("1", "3"), 0.7),
        }
        if row["call_count"] == "3" and row["talk_seconds"]:
            row["talk_seconds"] = str(3 * int(row["talk_seconds"]))
        add("calls", row, at.date())
        if make.maybe(0.08):
            add("calls", {**row, "status": "answered", "from_phone": clicks.client()}, at.date())


def _enquiries(clicks: _Clicks, add: _Adder) -> None:
    make = clicks.make
    for number in range(make.one((0, 3, 10, 30))):
        at = clicks.moment()
        session_id = visitor_id = None
        if clicks.sessions and make.maybe(0.5):
            session_id, visitor_id, started = make.one(clicks.sessions)
            at = make.one((at, min(started + timedelta(minutes=3), make.end)))
            visitor_id = make.one((visitor_id,), 0.4)
            session_id = session_id if make.maybe(0.6) else make.one(("no such session", None))
        row: Text = {
            "enquiry_id": f"e{number:03d}",
            "occurred_at": make.written(at),
            "channel": make.one(CHANNELS),
            "session_id": session_id,
            "visitor_id": visitor_id,
            "contact_id": make.one(clicks.ids) if clicks.ids and make.maybe(0.3) else None,
            "name": make.one(("Żaneta",), 0.5),
            "email": make.one(clicks.emails) if clicks.emails and make.maybe(0.4) else None,
            "phone": clicks.client() if make.maybe(0.4) else None,
            **clicks.labels(0.7),
            "page": make.one(("/kontakt",), 0.5),
        }
        add("enquiries", row, at.date())
        if make.maybe(0.05):
            add("enquiries", {**row, **clicks.labels(0.3)}, at.date())


def _emails(clicks: _Clicks, add: _Adder) -> None:
    make = clicks.make
    for number in range(make.one((0, 0, 10, 40))):
        at = clicks.moment()
        row: Text = {
            "email_id": f"m{number:03d}",
            "sent_at": make.written(at),
            "direction": make.one(("in", "out")),
            "kind": make.one(("one_to_one", "one_to_one", "campaign")),
            "user_id": make.one(("u1", "u2"), 0.3),
            "contact_id": make.one(clicks.ids, 0.1) if clicks.ids else None,
        }
        add("emails", row, at.date())


def _ad_spend(clicks: _Clicks, add: _Adder, deliveries: list[date]) -> None:
    make = clicks.make
    accounts = [(make.one(PLATFORMS), f"acc{n}", make.one(CURRENCIES)) for n in range(4)]
    # Not a draw of its own: the other companies stay as they are.
    has_campaign_ids = make.end.day % 4 > 0
    for platform, account, currency in accounts[: make.one((0, 1, 2, 4))]:
        tags = clicks.labels(0.4)
        for day_no in make.rng.sample(range(12), make.one((1, 4, 12))):
            day = make.start.date() + timedelta(days=day_no)
            open_days = [delivery for delivery in deliveries if day <= delivery] or deliveries[-1:]
            for delivery in make.rng.sample(open_days, min(len(open_days), make.one((1, 1, 2)))):
                for number in range(make.one((1, 2, 4))):
                    row: Text = {
                        "date": str(day),
                        "platform": make.one((platform, platform, platform.upper())),
                        "account_id": make.one((account, account, f"{account[:3]}-{account[3:]}")),
                        "account_timezone": make.one(("America/New_York",), 0.5),
                        "campaign_id": f"cmp{number % 2}" if has_campaign_ids else None,
                        "campaign": make.one(CAMPAIGNS, 0.2),
                        "ad_group_id": make.one(("g1",), 0.5),
                        "ad_group": make.one(("Okna",), 0.5),
                        "ad_id": make.one(("ad1", "ad2"), 0.5),
                        "keyword": make.one(KEYWORDS, 0.4),
                        "source": tags.get("source"),
                        "medium": tags.get("medium"),
                        "impressions": make.one(("0", "1000"), 0.2),
                        "clicks": make.one(("0", "12"), 0.2),
                        "cost": make.one(
                            ("0", "10.005", "99.99", "0.01", "12.3456785", "1500", "0.000001")
                        ),
                        "currency": currency,
                    }
                    add("ad_spend", row, only=delivery)
                    if make.maybe(0.05):
                        add("ad_spend", dict(row), only=delivery)


def _manual_costs(clicks: _Clicks, add: _Adder) -> None:
    make = clicks.make
    for number in range(make.one((0, 1, 4))):
        first = make.start.date() + timedelta(days=make.rng.randrange(-10, 25))
        days = make.one((0, 0, 1, 2, 6, 30, -1, -5))
        row: Text = {
            "cost_id": f"m{number}",
            "date_from": str(first),
            "date_to": str(first + timedelta(days=days)),
            "source": make.one(SOURCES),
            "medium": make.one(MEDIA, 0.4),
            "campaign": make.one(CAMPAIGNS, 0.5),
            "amount": make.one(("100", "0.05", "1000.01", "33.33", "0", "-10.01")),
            "currency": make.one(CURRENCIES),
            "kind": make.one(("offline", "agency", "number_rent", "other"), 0.2),
            "is_planned": make.one(("true", "false", None, None)),
        }
        add("manual_costs", row)
        if make.maybe(0.2):
            add("manual_costs", {**row, "amount": "77.77"})
