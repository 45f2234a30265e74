"""The rules from the click to the first contact, and of spend, in plain Python.

Calls, sessions, enquiries, first sources, attribution and spend as docs/rules.md has them, written
from the rules alone like rules.py, which says why. ``expected_tables`` gives the rows of every
compared table; ``credit`` the shares that an attribution model gives, for its conservation.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from urllib.parse import unquote, urlsplit

from tests.reference import (
    care_rules,
    cohort_rules,
    credit_rules,
    lead_rules,
    rules,
    work_rules,
)
from tests.reference.rules import (
    NONE,
    Clocks,
    Row,
    Text,
    World,
    delivered,
    email_addresses,
    grouped,
    phone_number,
    phone_numbers,
    total,
    words,
)

UNKNOWN = "(unknown)"
UNATTRIBUTED = "(unattributed)"
LABELS = ("source", "medium", "campaign", "keyword")
EVIDENCE = {
    "session": "sessions",
    "call_dynamic": "calls matched by a leased number",
    "call_vendor": "calls matched by the vendor",
    "call_static": "calls to a static number",
    "enquiry": "enquiries",
    "tag": "tags",
    "crm_card": "contact cards",
    "crm_deal": "deal cards",
}
"""The kinds of evidence and their names, in the order in which they count at one instant."""

TOUCHES = {
    "session": "session",
    "call_dynamic": "call",
    "call_vendor": "call",
    "call_static": "call",
    "enquiry": "enquiry",
    "tag": "tag",
}
CALL_EVIDENCE = {
    "vendor_session": "call_vendor",
    "vendor_source": "call_vendor",
    "dynamic": "call_dynamic",
    "dynamic_ambiguous": "call_dynamic",
    "static": "call_static",
}
NO_FIRST_CONTACT = {
    "contact_channel": NONE,
    "sessions_before_contact": None,
    "contact_session_no": None,
}
EVENTS = words("session call enquiry tag stage deal payment")
"""The kinds of event of a journey in the order in which they stand at one instant."""

MEASURES = words(
    """
    impressions clicks spend_rc planned_spend_rc sessions calls enquiries contacts leads
    deals_created deals_won revenue_rc
    """
)

RETURNS = words(
    """
    month channel source medium campaign spend_rc planned_spend_rc contacts leads deals_created
    deals_won clients revenue_rc margin_rc cpl cost_per_contact cac cpo roas romi_pct
    romi_revenue_pct paid_rc deals_with_margin revenue_with_margin_rc
    """
)
"""The columns of what came back for the money."""

COLUMNS: dict[str, tuple[str, ...]] = {
    **rules.COLUMNS,
    **care_rules.COLUMNS,
    **credit_rules.COLUMNS,
    **work_rules.COLUMNS,
    **lead_rules.COLUMNS,
    **cohort_rules.COLUMNS,
    "fct_sessions": words("session_id person_id source medium campaign keyword is_direct"),
    "fct_calls": words(
        """
        call_id started_date direction user_id user_name person_id contact_id deal_id session_id
        source medium campaign keyword match_method match_candidates is_first_call is_target
        is_missed is_answered call_count legs wait_seconds talk_seconds vendor_status tags
        is_internal
        """
    ),
    "fct_enquiries": words(
        """
        enquiry_id occurred_date channel topic session_id contact_id person_id deal_id source
        medium campaign keyword content term is_direct
        """
    ),
    "fct_source_candidates": words(
        """
        person_id candidate_no occurred_at evidence evidence_id source medium campaign keyword
        is_direct is_chosen reason
        """
    ),
    "fct_touchpoints": words(
        """
        person_id touch_type occurred_at source medium campaign keyword is_direct session_id
        call_id channel
        """
    ),
    "fct_ad_spend": words(
        """
        date_day platform account_id campaign_id campaign ad_group ad_id keyword source medium
        channel impressions clicks cost currency cost_rc kind is_planned
        """
    ),
    "rpt_calls": words(
        """
        date_day user_id user_name team direction source calls answered missed target first_calls
        talk_seconds wait_seconds
        """
    ),
    "rpt_callers_daily": words("date_day unique_callers"),
    "rpt_channel_performance": ("date_day", "channel", *LABELS[:3], *MEASURES),
    "rpt_channel_return": RETURNS,
    "rpt_channel_return_by_card": RETURNS,
    "fct_cost_allocations": words(
        "method date_day channel source medium campaign kind target person_id amount_rc"
    ),
    "rpt_wasted_spend": words("month channel source medium campaign kind outcome spend_rc"),
    "rpt_lost_spend": words("month lost_reason stage manager_user_id source deals spend_rc"),
    "rpt_journey": words(
        """
        person_id event_no occurred_at event_type event_id detail source medium campaign
        amount_rc days_since_first days_since_previous
        """
    ),
    "rpt_sessions_before_contact": words("date_day bucket source channel persons deals_won"),
    "rpt_run": ("data_through_date",),
}
"""The compared columns of each table."""


@dataclass(frozen=True)
class Model:
    """A row of the seed attribution_models."""

    model_id: str
    family: str
    lookback_days: float | None
    half_life_days: float | None
    first_weight: float | None
    last_weight: float | None


def expected_tables(
    landed: dict[str, list[Text]], clocks: Clocks, seeds: dict[str, list[Text]]
) -> dict[str, list[Row]]:
    """The rows of every compared table, in no particular order (see ``World`` for what goes in)."""
    return Clicks(World(landed, clocks, seeds)).tables()


@dataclass
class Clicks:
    """What came before the sales of a company: every table on the way from the click."""

    world: World
    sessions: dict[str, Row] = field(init=False)
    calls: list[Row] = field(init=False)
    enquiries: list[Row] = field(init=False)
    deals: list[Row] = field(init=False)
    contacts: list[Row] = field(init=False)
    candidates: list[Row] = field(init=False)
    first_sources: dict[str, tuple[str | None, ...]] = field(init=False)
    first_contacts: dict[str, Row] = field(init=False)
    spend: list[Row] = field(init=False)
    costs: list[Row] = field(init=False)
    leads: list[Row] = field(init=False)
    journeys: list[Row] = field(init=False)
    removal_effects: list[Row] = field(init=False)

    def __post_init__(self) -> None:
        world = self.world
        self._channels: dict[tuple[str | None, str | None], Text] = {}
        own_hosts = _own_hosts(world)
        self.sessions = {
            row["session_id"]: _sourced(world, row, own_hosts) for row in world.tables["sessions"]
        }
        self.calls = _calls(world, self.sessions)
        self.enquiries = _enquiries(world, self.sessions)
        _tie_visitors(self.sessions, self.calls, self.enquiries)
        _match_by_history(world, self.sessions, self.calls)
        self.deals = rules.deal_rows(world)
        self.contacts = rules.contact_rows(world, self.deals)
        self.candidates = _candidates(self)
        self.first_sources = _first_sources(self.candidates)
        self.first_contacts = _first_contacts(self)
        for row in self.contacts + self.deals:
            row.update(self.first_source(row["person_id"]))
        for deal in self.deals:
            card = labels_of(self.world, deal, "deal_")
            deal |= {f"card_{name}": label for name, label in zip(LABELS, card, strict=True)}
            if deal["person_id"] is None:
                deal |= self.labelled(card[0] or NONE, *card[1:3])
        for deal in self.deals:
            deal.update(self.first_contacts.get(deal["person_id"], NO_FIRST_CONTACT))
        self.spend = _spend(self)
        self.leads = lead_rules.lead_rows(self)
        self.costs = [*_costs(self), *credit_rules.direct_costs(self)]
        cost_of: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
        for row in self.costs:
            cost_of[row["method"], row["person_id"]] += row["amount_rc"]
        for deal in self.deals:
            is_known = self.costs and deal["person_id"] is not None
            for method in words("spread direct"):
                cost = cost_of[method, deal["person_id"]] if deal["nth_deal"] == 1 else 0
                deal[f"allocated_cost_{method}_rc"] = cost if is_known else None
        credit_rules.describe_deals(self)
        self.journeys = credit_rules.journeys(self)
        self.removal_effects = credit_rules.removal_effects(self)
        delivered_facts = {
            ("spend_rc", "planned_spend_rc"): self.spend,
            ("sessions",): self.sessions,
            ("calls",): self.calls,
            ("enquiries",): self.enquiries,
            ("contacts",): self.contacts,
            ("leads",): self.leads,
            ("deals_created", "deals_won", "revenue_rc"): self.deals,
        }
        self.unmeasured = {
            name for names, facts in delivered_facts.items() if not facts for name in names
        } | {
            name
            for name in ("impressions", "clicks")
            if all(row[name] is None for row in self.spend)
        }

    def first_source(self, person: str | None) -> Row:
        """The first source of a person and the channel that it belongs to."""
        return self.labelled(*self.first_sources.get(person, (NONE, None, None)))

    def labelled(self, source: str, medium: str | None, campaign: str | None) -> Row:
        """Labels and the channel that they belong to."""
        channel = self.channel(source, medium)
        return {
            **{"source": source, "medium": medium, "campaign": campaign},
            **{name: channel[name] for name in ("channel", "demand_class")},
        }

    def channel(self, source: str | None, medium: str | None) -> Text:
        """The first matching row of the seed channels."""
        if (source, medium) not in self._channels:
            self._channels[source, medium] = _first_rule(
                self.world.seeds.get("channels", []), {"source": source, "medium": medium}
            ) or {"channel": UNKNOWN, "demand_class": "unknown"}
        return self._channels[source, medium]

    def card_of(self, contact: Row) -> list[str | None]:
        """What the card of a contact says about its source."""
        return labels_of(self.world, self.world.surviving[contact["contact_id"]], "lead_")

    def tables(self) -> dict[str, list[Row]]:
        """The rows of every compared table."""
        tables = {
            **rules.sales_tables(self.world, self.contacts, self.deals),
            "fct_sessions": list(self.sessions.values()),
            "fct_calls": self.calls,
            "fct_enquiries": self.enquiries,
            "fct_source_candidates": self.candidates,
            "fct_touchpoints": self.touches(),
            "fct_ad_spend": self.spend,
            "rpt_calls": _call_report(_reported(self.calls)),
            "rpt_callers_daily": _callers(_reported(self.calls)),
            "rpt_channel_performance": _performance(self),
            "rpt_channel_return": _return(self),
            "rpt_channel_return_by_card": _return_by_card(self),
            "fct_cost_allocations": self.costs,
            "rpt_wasted_spend": _wasted(self),
            "rpt_lost_spend": _lost(self),
            "fct_journeys": self.journeys,
            "fct_channel_moves": credit_rules.move_rows(self),
            "fct_removal_effects": self.removal_effects,
            "rpt_attribution_paths": credit_rules.paths(self),
            "rpt_journey": _journey(self),
            "rpt_sessions_before_contact": _sessions_before_contact(self),
            **lead_rules.lead_tables(self),
            "rpt_run": [{"data_through_date": _data_through(self.world)}],
        }
        tables |= care_rules.care_tables(self, tables["fct_contact_acquisition"])
        tables |= cohort_rules.cohort_tables(self, tables)
        tables |= work_rules.work_tables(
            self, tables["rpt_deal_journal"], tables["rpt_leads_waiting"]
        )
        return {
            name: [{column: row[column] for column in COLUMNS[name]} for row in rows]
            for name, rows in tables.items()
        }

    def touches(self) -> list[Row]:
        """The candidates that touched somebody, in the order in which they did."""
        calls = {row["call_id"]: row for row in self.calls}
        enquiries = {row["enquiry_id"]: row for row in self.enquiries}
        touches = []
        for row in self.candidates:
            if row["evidence"] not in TOUCHES:
                continue
            type_ = TOUCHES[row["evidence"]]
            if type_ == "tag" and self._is_echo(row):
                continue
            session_id = row["evidence_id"] if type_ == "session" else None
            if type_ == "call":
                session_id = calls[row["evidence_id"]]["session_id"]
            if type_ == "enquiry":
                session_id = enquiries[row["evidence_id"]]["session_id"]
            session = self.sessions.get(session_id)
            if type_ != "session" and session and session["person_id"] == row["person_id"]:
                continue
            touches.append(
                {
                    **row,
                    "touch_type": type_,
                    "session_id": session_id,
                    "call_id": row["evidence_id"] if type_ == "call" else None,
                    "channel": self.channel(row["source"], row["medium"])["channel"],
                }
            )
        return sorted(touches, key=lambda row: (row["person_id"], _order(row)))

    def _is_echo(self, tag: Row) -> bool:
        """Whether the person was touched in the hours before the tag was put on."""
        hours = timedelta(hours=self.world.clocks.tag_echo_hours)
        return any(
            timedelta() <= tag["occurred_at"] - row["occurred_at"] <= hours
            for row in self.candidates
            if row["person_id"] == tag["person_id"] and TOUCHES.get(row["evidence"], "tag") != "tag"
        )

    def models(self) -> list[Model]:
        """The attribution models of the configuration."""
        return [
            Model(
                row["model_id"],
                row["family"],
                *(
                    float(row[name]) if row[name] else None
                    for name in words("lookback_days half_life_days first_weight last_weight")
                ),
            )
            for row in self.world.seeds.get("attribution_models", [])
        ]

    def within(self, model: Model, journey: Row) -> list[Row]:
        """The touches of a conversion that a model looks back to, the earliest first."""
        earliest = None
        if model.lookback_days is not None:
            earliest = journey["created_at"] - timedelta(days=model.lookback_days)
        return [
            touch
            for touch in journey["before"]
            if earliest is None or touch["occurred_at"] >= earliest
        ]

    def shares(self, model: Model, journey: Row) -> list[float]:
        """The share of each touch that a model looks back to."""
        effects = {
            row["channel"]: row["removal_effect"]
            for row in self.removal_effects
            if row["conversion_type"] == journey["conversion_type"]
        }
        return credit(model, self.within(model, journey), journey["created_at"], effects)

    def touches_before(self, deal: Row) -> list[Row]:
        """The touches of a deal's person before it, the earliest first."""
        at = deal["created_at"]
        # Before a deal of a day is whatever touched the person on that day.
        day_end = deal["ordered_at"] if deal["ordered_at"] > at else None
        return [
            touch
            for touch in self._touches_of.get(deal["person_id"], [])
            if touch["occurred_at"] < at or (day_end and touch["occurred_at"] <= day_end)
        ]

    def touches_of(self) -> Iterable[tuple[str, list[Row]]]:
        """Each person that was touched, with its touches."""
        return self._touches_of.items()

    @property
    def _touches_of(self) -> dict[str, list[Row]]:
        if not hasattr(self, "_touches"):
            self._touches = {
                person: list(touches)
                for person, touches in groupby(self.touches(), key=lambda row: row["person_id"])
            }
        return self._touches


def credit(
    model: Model, touches: list[Row], at: datetime, effects: dict[str, float] | None = None
) -> list[float]:
    """The share of each touch, before any rounding; they sum to 1 unless there is no touch."""
    last = len(touches) - 1
    if last < 0:
        return []
    sourced = [touch for touch in touches if not touch["is_direct"]]
    if model.family != "last" and sourced and len(sourced) < len(touches):
        shared = iter(credit(model, sourced, at, effects))
        return [0.0 if touch["is_direct"] else next(shared) for touch in touches]
    shares = [1.0] * len(touches)
    if model.family == "first":
        shares = [1.0 if n == 0 else 0.0 for n in range(len(touches))]
    elif model.family in ("last", "last_non_direct"):
        shares = [1.0 if n == last else 0.0 for n in range(len(touches))]
    elif model.family == "position" and len(touches) > 1:
        between = 1.0 - model.first_weight - model.last_weight
        middle = len(touches) - 2
        shares = [
            model.first_weight,
            *([between / middle] * middle if middle else []),
            model.last_weight,
        ]
    elif model.family == "time_decay":
        ages = [(at - touch["occurred_at"]).total_seconds() / 86400 for touch in touches]
        shares = [0.5 ** (age / model.half_life_days) for age in ages]
    elif model.family == "removal_effect":
        # Direct visits beside nothing else may be worth nothing anywhere.
        lost = [(effects or {}).get(touch["channel"], 0.0) for touch in touches]
        shares = lost if sum(lost) > 0 else shares
    return [share / sum(shares) for share in shares]


# Labels


def _like(value: str | None, pattern: str | None) -> bool:
    """Whether a value matches a case-blind LIKE pattern; an empty one matches anything."""
    if not pattern:
        return True
    if value is None:
        return False
    signs, text = pattern.lower(), value.lower()
    # reached[n]: the pattern so far can stand for the first n signs of the text.
    reached = [True] + [False] * len(text)
    for sign in signs:
        if sign == "%":
            first = reached.index(True) if True in reached else len(text) + 1
            reached = [n >= first for n in range(len(text) + 1)]
        else:
            reached = [False] + [reached[n] and sign in ("_", text[n]) for n in range(len(text))]
    return reached[-1]


def _first_rule(seed: list[Text], values: dict[str, str | None]) -> Text | None:
    for rule in sorted(seed, key=lambda row: int(row["priority"])):
        if all(_like(value, rule[name]) for name, value in values.items()):
            return rule
    return None


def _host(address: str | None) -> str | None:
    if not address:
        return None
    host = urlsplit(address.strip()).hostname
    return host and host.lower().removeprefix("www.")


def _empty_label(world: World, text: str | None) -> Text | None:
    """The row of the seed empty_labels that a label is, in whatever case it is written."""
    wanted = (text or "").strip().lower()
    for row in world.seeds.get("empty_labels", []):
        if row["label"].lower() == wanted:
            return row
    return None


def _plain(world: World, source: str | None, medium: str | None) -> tuple[str | None, str | None]:
    """A label before any rule: trimmed, in lower case, without the words that say nothing."""
    empty = _empty_label(world, source)
    named = (source or "").strip().lower() or None
    if empty:
        named = "direct" if empty["meaning"] == "direct" else None
    kind = None if _empty_label(world, medium) else (medium or "").strip().lower() or None
    return named, kind


def canonical(
    world: World,
    source: str | None,
    medium: str | None,
    click_ids: Iterable[str] = (),
    session_from: str | None = None,
    *,
    is_session: bool = False,
) -> tuple[str | None, str | None]:
    """What a label is called everywhere: by the first rule that it meets, else as it is.

    ``session_from`` is the referrer's host of a session. A label without source and medium is
    none, but that of a session meets rules by what else the session has.
    """
    named, kind = _plain(world, source, medium)
    if named is None and kind is None and not is_session:
        return None, None
    for rule in sorted(world.seeds.get("source_rules", []), key=lambda row: int(row["priority"])):
        if (
            _like(named, rule["utm_source"])
            and _like(kind, rule["utm_medium"])
            and _like(session_from, rule["referrer_domain"])
            and (
                not rule["click_id"]
                or any(_like(click_id, rule["click_id"]) for click_id in click_ids)
            )
        ):
            if rule["source"] == "=":
                break
            return rule["source"], rule["medium"] or None
    return named, kind


def campaign_name(world: World, text: str | None) -> str | None:
    """A campaign or keyword: trimmed, none for the words that say nothing."""
    empty = _empty_label(world, text)
    if empty and empty["in_campaigns"] == "true":
        return None
    return (text or "").strip() or None


def labels_of(world: World, row: Row, prefix: str = "") -> list[str | None]:
    """The four labels of a row, as they are called everywhere."""
    source, medium = canonical(world, row.get(f"{prefix}source"), row.get(f"{prefix}medium"))
    others = (campaign_name(world, row.get(f"{prefix}{name}")) for name in LABELS[2:])
    return [source, medium, *others]


CLICK_PARAMETERS = {
    "gclid": ("gclid", "wbraid", "gbraid"),
    **{name: (name,) for name in words("yclid fbclid msclkid ttclid")},
}


def _in_address(address: str | None, names: Iterable[str]) -> str | None:
    """The value of the first of these parameters in an address, in its query or fragment."""
    _, *parts = re.split(r"[?&#;]", address or "")
    for part in parts:
        name, has_value, value = part.partition("=")
        if name.lower() in names and has_value:
            return unquote(value.replace("+", " ")).strip() or None
    return None


def _tags(record: Row) -> Row:
    """The tags of a session, from its columns or its landing page, without unfilled macros."""
    tags: Row = {}
    for name in words("utm_source utm_medium utm_campaign utm_content utm_term"):
        tag = unquote(record[name] or "").strip() or _in_address(record["landing_page"], [name])
        if re.search(r"\{[^{}]*\}|^%.+%$|^\[.+\]$|^__.+__$", tag or ""):
            tag = UNKNOWN if name == "utm_source" else None
        tags[name] = tag
    return tags


def _own_hosts(world: World) -> list[str]:
    """Patterns of the hosts from which a visit does not come."""
    hosts = Counter(filter(None, (_host(r["landing_page"]) for r in world.tables["sessions"])))
    main = sorted(hosts, key=lambda host: (-hosts[host], host))[:1]
    return [*main, *(row["host"] for row in world.seeds.get("own_hosts", []))]


def _sourced(world: World, record: Row, own_hosts: list[str]) -> Row:
    referrer, landing = _host(record["referrer"]), _host(record["landing_page"])
    is_own = referrer == landing or any(
        _like(referrer, pattern) or _like(referrer, f"%.{pattern}") for pattern in own_hosts
    )
    foreign = None if is_own else referrer
    clicks = [
        name
        for name, parameters in CLICK_PARAMETERS.items()
        if record[name] or _in_address(record["landing_page"], parameters)
    ]
    record = defaultdict(lambda: None, {**record, **_tags(record)})
    named, kind = _plain(world, record["utm_source"], record["utm_medium"])
    campaign, keyword = (campaign_name(world, record[f"utm_{n}"]) for n in ("campaign", "term"))
    says_something = kind or campaign or keyword or record["utm_content"]
    is_direct = named in (None, "direct") and not says_something and not clicks and not foreign
    source, medium = "direct", "none"
    if not is_direct:
        source, medium = canonical(
            *(world, record["utm_source"], record["utm_medium"], clicks, foreign), is_session=True
        )
        if source in (None, "direct"):
            source, medium = (foreign, "referral") if foreign else (UNKNOWN, None)
    return {
        **{name: record[name] for name in words("session_id visitor_id started_at")},
        "ordered_at": record["started_at in order"],
        "started_date": world.clocks.day(record["started_at"]),
        "person_id": None,
        "source": source,
        "medium": medium,
        "campaign": campaign,
        "keyword": keyword,
        "is_direct": is_direct,
    }


def _agreed(sessions: list[Row | None]) -> list[str | None]:
    """The labels of several sessions as deep as they agree; a session without record is unknown."""
    labels: list[str | None] = [UNKNOWN, None, None, None]
    for depth, name in enumerate(LABELS):
        values = {
            session[name] if session else (UNKNOWN if name == "source" else None)
            for session in sessions
        }
        if len(values) > 1:
            break
        labels[depth] = values.pop()
    return labels


# Calls and enquiries


def _earliest_with(world: World, kind: str, values: Iterable[str]) -> str | None:
    """The earliest created contact that one of the e-mails or phones belongs to."""
    contacts = {id_ for value in values for id_ in world.contacts_with.get((kind, value), ())}
    return min(contacts, key=lambda c: (world.surviving[c]["created_at in order"], c), default=None)


def _own_numbers(world: World) -> set[str]:
    region = world.clocks.phone_region
    return {
        phone_number(row["phone"], region)
        for row in world.tables["tracking_numbers"]
        if row["kind"] == "own"
    }


def _calls(world: World, sessions: dict[str, Row]) -> list[Row]:
    """The calls, matched by everything but the caller's history."""
    clocks, own = world.clocks, _own_numbers(world)
    region = clocks.phone_region
    leases = grouped(
        world.tables["number_leases"], lambda row: (phone_number(row["phone"], region),)
    )
    statics = grouped(
        (
            row
            for row in world.tables["tracking_numbers"]
            if row["kind"] in ("static_online", "static_offline")
        ),
        lambda row: (phone_number(row["phone"], region),),
    )
    rows = []
    for record in world.tables["calls"]:
        is_in = record["direction"] == "in"
        at = record["started_at"]
        client = phone_number(record["from_phone" if is_in else "to_phone"], region)
        contact_id = world.survivor(record["contact_id"])
        if contact_id is None and client and client not in own:
            contact_id = _earliest_with(world, "phone", [client])
        is_answered = record["status"] == "answered"
        call_count = record["call_count"] or 1
        row = {
            **{name: record[name] for name in words("call_id started_at direction status user_id")},
            "ordered_at": record["started_at in order"],
            **{name: record[name] for name in words("visitor_id wait_seconds talk_seconds legs")},
            **{name: record[name] for name in words("deal_id vendor_status tags is_internal")},
            "user_name": world.users.get(record["user_id"]),
            "team": world.team(record["user_id"], at),
            "given_session_id": record["session_id"],
            "client": client,
            "started_date": clocks.day(at),
            "contact_id": contact_id,
            "person_id": world.person_of.get(contact_id),
            "is_answered": is_answered,
            "is_missed": is_in and not is_answered,
            "is_target": (
                is_in
                and is_answered
                and record["talk_seconds"] is not None
                and Fraction(record["talk_seconds"], call_count) >= clocks.target_call_seconds
            ),
            "call_count": call_count,
            "is_first_call": False,
            "session_id": None,
            "match_candidates": 1,
            **dict.fromkeys(LABELS),
        }
        rows.append(row)
        if not is_in:
            row.update(match_method="outbound", match_candidates=None)
            continue
        dialled = (phone_number(record["to_phone"], region),)
        leased = {
            lease["session_id"]
            for lease in (leases.get(dialled, []) if dialled[0] else [])
            if lease["leased_at"] <= at < _lease_end(lease, clocks)
        }
        valid = [
            number
            for number in (statics.get(dialled, []) if dialled[0] else [])
            if number["valid_from"] <= at
            and (number["valid_to"] is None or at < number["valid_to"])
        ]
        own_labels = labels_of(world, record)
        if record["session_id"] in sessions:
            row["match_method"], row["session_id"] = "vendor_session", record["session_id"]
            row.update(zip(LABELS, _agreed([sessions[record["session_id"]]]), strict=True))
        elif own_labels[0]:
            row["match_method"] = "vendor_source"
            row.update(zip(LABELS, own_labels, strict=True))
        elif leased:
            row["match_method"] = "dynamic" if len(leased) == 1 else "dynamic_ambiguous"
            row["match_candidates"] = len(leased)
            row["session_id"] = min(leased) if len(leased) == 1 else None
            labels = _agreed([sessions.get(session_id) for session_id in leased])
            row.update(zip(LABELS, labels, strict=True))
        elif valid:
            number = max(valid, key=lambda n: (n["valid_from"], delivered(n)))
            source, medium, campaign, _ = labels_of(world, number)
            row["match_method"], row["source"] = "static", source or UNKNOWN
            row["medium"], row["campaign"] = medium, campaign
        else:
            row.update(match_method="none", match_candidates=0, source=UNKNOWN)
    callers: set[str] = set()
    for row in sorted(rows, key=lambda row: (row["ordered_at"], row["call_id"])):
        if row["direction"] == "in" and row["client"]:
            row["is_first_call"] = row["client"] not in callers
            callers.add(row["client"])
    return rows


def _lease_end(lease: Row, clocks: Clocks) -> datetime:
    released = lease["released_at"]
    if released is None:
        released = lease["leased_at"] + timedelta(minutes=clocks.lease_max_minutes)
    return released + timedelta(minutes=clocks.lease_grace_minutes)


def _enquiries(world: World, sessions: dict[str, Row]) -> list[Row]:
    own, region = _own_numbers(world), world.clocks.phone_region
    rows = []
    for record in world.tables["enquiries"]:
        phones = [n for n in phone_numbers(record["phone"], region) if n not in own]
        contact_id = (
            world.survivor(record["contact_id"])
            or _earliest_with(world, "email", email_addresses(record["email"]))
            or _earliest_with(world, "phone", phones)
        )
        session = sessions.get(record["session_id"])
        carried = labels_of(world, {**record, "keyword": record["term"]})
        named = carried if carried[0] else _agreed([session])
        rows.append(
            {
                **{name: record[name] for name in words("enquiry_id occurred_at channel")},
                "ordered_at": record["occurred_at in order"],
                **{name: record[name] for name in words("session_id visitor_id")},
                **{name: record[name] for name in words("topic deal_id content term")},
                "occurred_date": world.clocks.day(record["occurred_at"]),
                "contact_id": contact_id,
                "person_id": world.person_of.get(contact_id),
                "has_own_source": carried[0] is not None,
                **dict(zip(LABELS, named, strict=True)),
                "is_direct": named[0] == "direct",
            }
        )
    return rows


def _tie_visitors(sessions: dict[str, Row], calls: list[Row], enquiries: list[Row]) -> None:
    ties: dict[str, list[tuple[datetime, str, str]]] = defaultdict(list)

    def tie(row: Row, at: datetime, id_: str, *session_ids: str | None) -> None:
        visitors = {row["visitor_id"]} | {
            sessions[session_id]["visitor_id"]
            for session_id in session_ids
            if session_id in sessions
        }
        for visitor in visitors - {None}:
            if row["person_id"] is not None:
                ties[visitor].append((at, id_, row["person_id"]))

    for row in calls:
        tie(row, row["ordered_at"], row["call_id"], row["given_session_id"], row["session_id"])
    for row in enquiries:
        tie(row, row["ordered_at"], row["enquiry_id"], row["session_id"])
    for session in sessions.values():
        if session["visitor_id"] in ties:
            session["person_id"] = min(ties[session["visitor_id"]])[2]


def _sessions_of(sessions: dict[str, Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for session in sessions.values():
        if session["person_id"] is not None:
            found[session["person_id"]].append(session)
    return found


def _match_by_history(world: World, sessions: dict[str, Row], calls: list[Row]) -> None:
    oldest = timedelta(days=world.clocks.caller_history_days)
    sessions_of = _sessions_of(sessions)
    for row in calls:
        if row["match_method"] != "none":
            continue
        before = [
            session
            for session in sessions_of.get(row["person_id"], [])
            if row["started_at"] - oldest <= session["started_at"]
            and session["ordered_at"] <= row["ordered_at"]
        ]
        if before:
            at = max(session["ordered_at"] for session in before)
            latest = min(
                (session for session in before if session["ordered_at"] == at),
                key=lambda session: session["session_id"],
            )
            row.update(match_method="caller_history", match_candidates=1)
            row["session_id"] = latest["session_id"]
            row.update(zip(LABELS, _agreed([latest]), strict=True))


# First source


def _order(row: Row) -> tuple[object, ...]:
    return row["occurred_at"], list(EVIDENCE).index(row["evidence"]), row["evidence_id"]


def _candidates(clicks: Clicks) -> list[Row]:
    world, found = clicks.world, []

    def add(
        person: str | None,
        evidence: str,
        id_: str,
        at: datetime,
        found_labels: Iterable[str | None],
        is_direct: bool | None = None,
    ) -> None:
        named = dict(zip(LABELS, found_labels, strict=False))
        if person is not None:
            found.append(
                {
                    "person_id": person,
                    "occurred_at": at,
                    "evidence": evidence,
                    "evidence_id": id_,
                    **{name: named.get(name) for name in LABELS},
                    "is_direct": named["source"] == "direct" if is_direct is None else is_direct,
                }
            )

    for row in clicks.sessions.values():
        add(
            *(row["person_id"], "session", row["session_id"], row["ordered_at"]),
            [row[name] for name in LABELS],
            is_direct=row["is_direct"],
        )
    for row in clicks.calls:
        if row["match_method"] in CALL_EVIDENCE and not row["is_internal"]:
            evidence, named = CALL_EVIDENCE[row["match_method"]], [row[name] for name in LABELS]
            add(row["person_id"], evidence, row["call_id"], row["ordered_at"], named)
    for row in clicks.enquiries:
        if row["has_own_source"]:
            named = [row[name] for name in LABELS]
            add(row["person_id"], "enquiry", row["enquiry_id"], row["ordered_at"], named)
    tags = {row["tag"]: row for row in world.seeds.get("source_tags", [])}
    for row in world.tables["contact_tags"]:
        if row["action"] == "add" and row["tag"] in tags:
            person = world.person_of.get(row["contact_id"])
            id_ = f"{row['recorded_contact_id']}:{row['tag']}"
            at = row["occurred_at in order"]
            add(person, "tag", id_, at, labels_of(world, tags[row["tag"]])[:3])
    for row in world.tables["contacts"]:
        named = labels_of(world, row, "lead_")
        if named[0]:
            person = world.person_of.get(world.survivor(row["contact_id"]))
            at = row["created_at in order"]
            add(person, "crm_card", row["contact_id"], at, named)
    for row in clicks.deals:
        named = labels_of(world, row, "deal_")
        if named[0]:
            add(row["person_id"], "crm_deal", row["deal_id"], row["ordered_at"], named)

    for group in grouped(found, lambda row: (row["person_id"],)).values():
        group.sort(key=_order)
        for number, row in enumerate(group, start=1):
            row["candidate_no"] = number
        known = [r for r in group if not r["is_direct"] and r["source"] not in (None, UNKNOWN)]
        chosen = next(iter(known or [r for r in group if r["is_direct"]]), None)
        for row in group:
            row["is_chosen"] = row is chosen
            row["reason"] = _reason(row, chosen, is_known=bool(known))
    return found


def _reason(row: Row, chosen: Row | None, *, is_known: bool) -> str:
    """Why a candidate was chosen or passed over; ``is_known``: some candidate names a source."""
    if row is chosen and is_known:
        return "chosen: the earliest evidence that names a source"
    if row is chosen:
        return "chosen: the person only ever came directly"
    if chosen is None or row["source"] in (None, UNKNOWN):
        reason = "its source cannot be told"
    elif row["is_direct"] and is_known:
        reason = "a direct visit never replaces a known source"
    elif row["occurred_at"] == chosen["occurred_at"]:
        first, second = EVIDENCE[chosen["evidence"]], EVIDENCE[row["evidence"]]
        order = f"{first} come before {second}"
        if first == second:
            order = f"of two {first} the one with the smaller id comes first"
        reason = f"same instant as the chosen evidence; {order}"
    elif row["is_direct"]:
        reason = "an earlier direct visit was chosen"
    else:
        reason = "later than the chosen evidence"
    return f"passed over: {reason}"


def _first_sources(candidates: list[Row]) -> dict[str, tuple[str | None, ...]]:
    chosen: dict[str, tuple[str | None, ...]] = {}
    for row in candidates:
        chosen.setdefault(row["person_id"], (UNKNOWN, None, None))
        if row["is_chosen"]:
            labels = tuple(row[name] for name in LABELS[:3])
            chosen[row["person_id"]] = ("direct", "none", None) if row["is_direct"] else labels
    return chosen


def _first_contacts(clicks: Clicks) -> dict[str, Row]:
    """The first contact of each person that made one, and the sessions before it."""
    first: dict[str, tuple[tuple[datetime, int, str], datetime, str, str | None]] = {}
    for kind, rows in (("call", clicks.calls), ("enquiry", clicks.enquiries)):
        for row in rows:
            person = row["person_id"]
            if person is None or (kind == "call" and row["direction"] != "in"):
                continue
            if kind == "call" and row["is_internal"]:
                continue
            if kind == "call":
                order, at, how = (row["ordered_at"], 0, row["call_id"]), row["started_at"], "call"
            else:
                order, at = (row["ordered_at"], 1, row["enquiry_id"]), row["occurred_at"]
                how = row["channel"]
            session_id = row["session_id"]
            if kind == "call" and row["match_method"] == "caller_history":
                session_id = None
            if person not in first or order < first[person][0]:
                first[person] = order, at, how, session_id
    sessions_of = _sessions_of(clicks.sessions)
    contacts = {}
    for person, ((ordered_at, *_), at, how, session_id) in first.items():
        mine = sessions_of.get(person, [])
        own = next((s for s in mine if s["session_id"] == session_id), None)
        until = own["ordered_at"] if own else ordered_at
        before = sum(1 for session in mine if session["ordered_at"] < until) if mine else None
        contacts[person] = {
            "contacted_at": at,
            "contact_channel": how,
            "sessions_before_contact": before,
            "contact_session_no": before + 1 if own else None,
        }
    return contacts


# Spend


def _spend(clicks: Clicks) -> list[Row]:
    world, clocks = clicks.world, clicks.world.clocks
    today = clocks.day(clocks.as_of)
    rows = []
    landed = world.known("ad_spend")
    latest: dict[tuple[object, ...], str] = {}
    for record in landed:
        day = _account_day(record)
        latest[day] = max(record["_delivery_date"], latest.get(day, ""))
    for record in landed:
        day = _account_day(record)
        if record["_delivery_date"] != latest[day]:
            continue
        source, medium = record["source"], record["medium"]
        rule = _first_rule(world.seeds.get("ad_platforms", []), {"platform": record["platform"]})
        if not source:
            source = rule["source"] if rule else record["platform"].lower()
            medium = medium or (rule and rule["medium"]) or "cpc"
        click_ids = [rule["click_id"]] if rule and rule["click_id"] else []
        rows.append(
            {
                **{name: record[name] for name in COLUMNS["fct_ad_spend"]},
                "date_day": record["date"],
                "label": canonical(world, source, medium, click_ids),
                "kind": "ad",
                "is_planned": False,
            }
        )
    for record in world.tables["manual_costs"]:
        for day, cost in _spread(record["amount"], record["date_from"], record["date_to"]):
            rows.append(
                {
                    **{name: record[name] for name in COLUMNS["fct_ad_spend"]},
                    "date_day": day,
                    "label": canonical(world, record["source"], record["medium"]),
                    "campaign_id": record["cost_id"],
                    "cost": cost,
                    "kind": record["kind"] or "other",
                }
            )
    rows = [row for row in rows if row["date_day"] < today]
    for row in rows:
        row["source"], row["medium"] = row["label"][0] or NONE, row["label"][1]
        row |= {name: campaign_name(world, row[name]) for name in LABELS[2:]}
        row["channel"] = clicks.channel(row["source"], row["medium"])["channel"]
        row["cost_rc"] = world.converted(row["cost"], row["currency"], row["date_day"], 6)
    return rows


def _account_day(record: Row) -> tuple[object, ...]:
    """The day of an account that a delivery replaces, however the account is written."""

    def written(text: str) -> str:
        return "".join(sign for sign in text.lower() if sign.isalnum()) or text

    return written(record["platform"]), written(record["account_id"]), record["date"]


def _spread(amount: Decimal, first: date, last: date) -> list[tuple[date, Decimal]]:
    days = max((last - first).days, 0) + 1
    cents = int(amount * 100)
    even, left = divmod(abs(cents), days)
    sign = -1 if cents < 0 else 1
    return [
        (first + timedelta(days=n), Decimal(sign * (even + (n < left))) / 100) for n in range(days)
    ]


# Reports


def _reported(calls: list[Row]) -> list[Row]:
    """The calls that reports know: none within the company."""
    return [row for row in calls if not row["is_internal"]]


def _call_report(calls: list[Row]) -> list[Row]:
    has_phones = any(row["client"] for row in calls if row["direction"] == "in")
    has_talk, has_wait = (
        any(row[name] is not None for row in calls) for name in words("talk_seconds wait_seconds")
    )
    groups = grouped(
        calls,
        lambda r: (
            r["started_date"],
            *(r[name] or NONE for name in words("user_id team direction source")),
        ),
    )
    rows = []
    for (day, user_id, team, direction, source), group in groups.items():
        rows.append(
            {
                "date_day": day,
                "user_id": user_id,
                "user_name": group[0]["user_name"],
                "team": team,
                "direction": direction,
                "source": source,
                "calls": sum(row["call_count"] for row in group),
                **{
                    name: sum(row["call_count"] for row in group if row[f"is_{name}"])
                    for name in ("answered", "missed", "target")
                },
                "first_calls": sum(1 for row in group if row["is_first_call"]),
                "talk_seconds": sum(row["talk_seconds"] or 0 for row in group),
                "wait_seconds": sum(row["wait_seconds"] or 0 for row in group),
            }
        )
        unmeasured = {
            **dict.fromkeys([] if has_phones else ["first_calls"]),
            **dict.fromkeys([] if has_talk else ["talk_seconds", "target"]),
            **dict.fromkeys([] if has_wait else ["wait_seconds"]),
        }
        rows[-1].update(unmeasured)
    return rows


def _callers(calls: list[Row]) -> list[Row]:
    inbound = [row for row in calls if row["direction"] == "in"]
    is_measured = any(row["client"] for row in inbound)
    return [
        {
            "date_day": day,
            "unique_callers": (
                len({row["client"] for row in group} - {None}) if is_measured else None
            ),
        }
        for (day,), group in grouped(inbound, lambda row: (row["started_date"],)).items()
    ]


def _performance(clicks: Clicks) -> list[Row]:
    cells: dict[tuple[object, ...], dict[str, list[object]]] = defaultdict(
        lambda: defaultdict(list)
    )

    def count(day: date | None, row: Row, **measures: object) -> None:
        channel = clicks.channel(row["source"], row["medium"])["channel"]
        cell = cells[day, channel, row["source"], row["medium"], row["campaign"]]
        for name, value in measures.items():
            cell[name].append(value)

    for row in clicks.spend:
        seen = {name: row[name] or 0 for name in ("impressions", "clicks")}
        if row["is_planned"]:
            seen["planned_spend_rc"] = row["cost_rc"]
        count(row["date_day"], row, spend_rc=row["cost_rc"], **seen)
    for row in clicks.sessions.values():
        count(row["started_date"], row, sessions=1)
    for row in _reported(clicks.calls):
        if row["direction"] == "in":
            count(row["started_date"], row, calls=row["call_count"])
    for row in clicks.enquiries:
        count(row["occurred_date"], row, enquiries=1)
    for row in clicks.contacts:
        count(row["created_date"], row, contacts=1)
    for row in clicks.leads:
        count(row["opened_date"], row, leads=1)
    for row in clicks.deals:
        count(row["created_date"], row, deals_created=1)
        if row["is_won"]:
            count(row["outcome_date"], row, deals_won=1, revenue_rc=row["revenue_rc"])
    return [
        {
            **dict(zip(COLUMNS["rpt_channel_performance"], key, strict=False)),
            **{name: _measured(clicks, name, cell[name]) for name in MEASURES},
        }
        for key, cell in cells.items()
    ]


def _measured(clicks: Clicks, name: str, values: list[object]) -> object:
    """A sum, 0 of nothing; ``None`` where its facts were never delivered or it cannot be told."""
    if name in clicks.unmeasured:
        return None
    return total(values) if values else 0


def _return(clicks: Clicks) -> list[Row]:
    """What each month's spend brought, by first source."""
    sums: dict[tuple[object, ...], Row] = {}
    months = grouped(_performance(clicks), lambda row: _cell(row, row["date_day"]))
    for cell, days in months.items():
        sums[cell] = {name: total(day[name] for day in days) for name in MEASURES}
    return _returned(clicks, sums, clicks.deals)


def _return_by_card(clicks: Clicks) -> list[Row]:
    """The same by what the cards of deals and contacts say."""
    cells: dict[tuple[object, ...], dict[str, list[object]]] = defaultdict(
        lambda: defaultdict(list)
    )
    spent = words("spend_rc planned_spend_rc")
    for row in clicks.spend:
        cell = cells[_cell(row, row["date_day"])]
        cell["spend_rc"].append(row["cost_rc"])
        if row["is_planned"]:
            cell["planned_spend_rc"].append(row["cost_rc"])
    for row in clicks.contacts:
        card = clicks.card_of(row)
        named = clicks.labelled(card[0] or NONE, *card[1:3])
        cells[_cell(named, row["created_date"])]["contacts"].append(1)
    for row in clicks.leads:
        own = [row[f"own_{name}"] for name in LABELS[:3]]
        named = clicks.labelled(own[0] or NONE, *own[1:])
        cells[_cell(named, row["opened_date"])]["leads"].append(1)
    deals = []
    for deal in clicks.deals:
        card = [deal[f"card_{name}"] for name in LABELS[:3]]
        deals.append({**deal, **clicks.labelled(card[0] or NONE, *card[1:])})
    for deal in deals:
        cells[_cell(deal, deal["created_date"])]["deals_created"].append(1)
        if deal["is_won"]:
            cell = cells[_cell(deal, deal["outcome_date"])]
            cell["deals_won"].append(1)
            cell["revenue_rc"].append(deal["revenue_rc"])
    counted = (*spent, *words("contacts leads deals_created deals_won revenue_rc"))
    sums = {
        at: {name: _measured(clicks, name, cell[name]) for name in counted}
        for at, cell in cells.items()
    }
    return _returned(clicks, sums, deals)


def _returned(clicks: Clicks, sums: dict[tuple[object, ...], Row], deals: list[Row]) -> list[Row]:
    """Sums of months with their clients, margins, payments and ratios."""
    won = sorted(
        (deal for deal in deals if deal["is_won"]),
        key=lambda deal: (deal["outcome_date"], deal["deal_id"]),
    )
    deals_of = grouped(won, lambda deal: _cell(deal, deal["outcome_date"]))
    first_deals = {deal["person_id"]: deal["deal_id"] for deal in reversed(won)}
    is_paid = any(deal["paid_rc"] is not None for deal in clicks.deals)
    rows = []
    for cell, measures in sums.items():
        row = dict(zip(RETURNS, cell, strict=False)) | measures
        of_cell = deals_of.get(cell, [])
        known = [deal for deal in of_cell if deal["margin_rc"] is not None]
        margin = sum((deal["margin_rc"] for deal in known), Decimal("0.00"))
        spend = row["spend_rc"]
        row |= {
            "margin_rc": margin,
            "deals_with_margin": len(known),
            "revenue_with_margin_rc": sum(deal["revenue_rc"] or 0 for deal in known),
            "paid_rc": sum(deal["paid_rc"] or 0 for deal in of_cell) if is_paid else None,
        }
        row["clients"] = sum(
            1
            for deal in of_cell
            if deal["person_id"] is not None and first_deals[deal["person_id"]] == deal["deal_id"]
        )
        if not clicks.deals:
            row |= dict.fromkeys(
                words("margin_rc deals_with_margin revenue_with_margin_rc clients")
            )
        row["cpl"] = _ratio(spend, row["leads"])
        row["cost_per_contact"] = _ratio(spend, row["contacts"])
        row["cac"] = _ratio(spend, row["clients"])
        row["cpo"] = _ratio(spend, row["deals_won"])
        row["roas"] = _ratio(row["revenue_rc"], spend)
        gains = {
            "romi_pct": margin if clicks.deals and len(known) == len(of_cell) else None,
            "romi_revenue_pct": row["revenue_rc"],
        }
        for name, gain in gains.items():
            profit = None if gain is None or spend is None else gain - spend
            ratio = _ratio(profit, spend)
            row[name] = None if ratio is None else 100 * ratio
        rows.append(row)
    return rows


def _cell(row: Row, day: date) -> tuple[object, ...]:
    return day.replace(day=1), *(row[name] for name in words("channel source medium campaign"))


def _ratio(numerator: float | Decimal | None, denominator: float | Decimal | None) -> float | None:
    return None if numerator is None or not denominator else float(numerator) / float(denominator)


NODE = words("month source medium campaign kind")


def _costs(clicks: Clicks) -> list[Row]:
    """The spend of each node and month, shared among the persons who first came from there."""
    firsts = {}
    for row in clicks.candidates:
        if row["candidate_no"] == 1:
            firsts[row["person_id"]] = clicks.world.clocks.day(row["occurred_at"]).replace(day=1)
    persons: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for person, month in firsts.items():
        persons[month, *clicks.first_sources[person]].append(person)
    spent: dict[tuple[object, ...], Decimal] = defaultdict(Decimal)
    for row in clicks.spend:
        if row["cost_rc"] is not None:
            month = row["date_day"].replace(day=1)
            spent[month, *(row[name] for name in LABELS[:3]), row["kind"]] += row["cost_rc"]
    rows = []
    for node, amount in spent.items():
        targets = sorted(persons.get(node[:4], [])) or [None]
        units = int(amount * 1_000_000)
        even, left = divmod(abs(units), len(targets))
        for number, person in enumerate(targets if units else []):
            share = (even + (number < left)) * (1 if units > 0 else -1)
            rows.append(
                {
                    **dict(zip(NODE, node, strict=True)),
                    "method": "spread",
                    "date_day": node[0],
                    "channel": clicks.channel(node[1], node[2])["channel"],
                    "target": "(unallocated)" if person is None else "person",
                    "person_id": person,
                    "amount_rc": Decimal(share) / 1_000_000,
                }
            )
    return rows


def _wasted(clicks: Clicks) -> list[Row]:
    """What became of the money: by the best of each person's deals."""
    visited = {
        (row["started_date"].replace(day=1), *(row[name] for name in LABELS[:3]))
        for row in clicks.sessions.values()
    }
    statuses = defaultdict(set)
    for deal in clicks.deals:
        statuses[deal["person_id"]].add(deal["status"])
    best = {"won": "won deals", "open": "open deals", "lost": "only lost deals"}
    spend: dict[tuple[object, ...], Decimal] = defaultdict(Decimal)
    for row in clicks.costs:
        if row["method"] != "spread":
            continue
        node = tuple(row[name] for name in NODE)
        if row["person_id"] is not None:
            mine = statuses[row["person_id"]]
            outcome = next((best[s] for s in best if s in mine), "contacts without deals")
        elif row["kind"] in ("agency", "number_rent"):
            outcome = "overhead"
        elif row["kind"] == "ad" and clicks.sessions and node[:4] not in visited:
            outcome = "no session"
        else:
            outcome = "no contact"
        spend[node, row["channel"], outcome] += row["amount_rc"]
    return [
        {
            **dict(zip(NODE, node, strict=True)),
            **{"channel": channel, "outcome": outcome, "spend_rc": amount},
        }
        for (node, channel, outcome), amount in spend.items()
        if amount
    ]


def _lost(clicks: Clicks) -> list[Row]:
    """What lost deals cost, and why they were lost."""
    groups = grouped(
        (deal for deal in clicks.deals if deal["is_lost"]),
        lambda deal: (
            deal["outcome_date"].replace(day=1),
            *(deal[name] or NONE for name in words("lost_reason stage manager_user_id source")),
        ),
    )
    return [
        {
            **dict(zip(COLUMNS["rpt_lost_spend"], key, strict=False)),
            "deals": len(deals),
            "spend_rc": total(deal["allocated_cost_spread_rc"] for deal in deals),
        }
        for key, deals in groups.items()
    ]


def _journey(clicks: Clicks) -> list[Row]:
    """Everything that is known of each person, in order."""
    world, found = clicks.world, []

    def add(
        person: str | None,
        type_: str,
        id_: str,
        at: tuple[datetime, datetime],
        detail: str | None,
        **values: object,
    ) -> None:
        if person is not None:
            event = {"person_id": person, "event_type": type_, "event_id": id_, "detail": detail}
            event |= {"occurred_at": at[0], "ordered_at": at[1]}
            found.append({**dict.fromkeys(COLUMNS["rpt_journey"]), **event} | values)

    def named(row: Row) -> dict[str, object]:
        return {name: row[name] for name in LABELS[:3]}

    for row in clicks.sessions.values():
        at = row["started_at"], row["ordered_at"]
        add(row["person_id"], "session", row["session_id"], at, None, **named(row))
    for row in _reported(clicks.calls):
        at, detail = (row["started_at"], row["ordered_at"]), f"{row['direction']} {row['status']}"
        add(row["person_id"], "call", row["call_id"], at, detail, **named(row))
    for row in clicks.enquiries:
        at, detail = (row["occurred_at"], row["ordered_at"]), row["channel"]
        add(row["person_id"], "enquiry", row["enquiry_id"], at, detail, **named(row))
    for type_, first, last in (("tag", "action", "tag"), ("stage", "pipeline", "stage")):
        for row in world.tables[f"contact_{type_}s"]:
            detail = f"{row[first]}{' ' if type_ == 'tag' else ' / '}{row[last]}"
            person = world.person_of.get(row["contact_id"])
            id_ = f"{row['recorded_contact_id']}:{detail}"
            at = row["occurred_at"], row["occurred_at in order"]
            add(person, type_, id_, at, detail)
    persons = {}
    for row in clicks.deals:
        persons[row["deal_id"]] = person = row["person_id"]
        values = {**named(row), "amount_rc": row["amount_rc"]}
        at = row["created_at"], row["ordered_at"]
        add(person, "deal", row["deal_id"], at, row["status"], **values)
    for row in world.tables["payments"]:
        id_, deal_id = row["payment_id"], row["deal_id"]
        at = row["paid_at"], row["paid_at in order"]
        amount = world.converted(row["amount"], row["currency"], world.clocks.day(at[0]))
        add(persons.get(deal_id), "payment", id_, at, deal_id, amount_rc=amount)

    for journey in grouped(found, lambda row: (row["person_id"],)).values():
        journey.sort(
            key=lambda row: (
                *(row["ordered_at"], EVENTS.index(row["event_type"]), row["event_id"]),
                row["detail"] or "",
            )
        )
        previous = None
        for number, row in enumerate(journey, start=1):
            row["event_no"] = number
            row["days_since_first"] = _days(journey[0]["occurred_at"], row["occurred_at"])
            if previous is not None:
                row["days_since_previous"] = _days(previous, row["occurred_at"])
            previous = row["occurred_at"]
    return found


def _data_through(world: World) -> date | None:
    """The last complete day up to which every delivered kind of event has one."""
    clocks = world.clocks
    today = clocks.day(clocks.as_of)
    days = [{row["date"] for row in world.known("ad_spend")}]
    for entity in (*rules.EVENTS, "calls", "sessions", "enquiries"):
        at = "started_at" if entity in ("calls", "sessions") else "occurred_at"
        days.append({clocks.day(row[at]) for row in world.tables[entity]})
    last = [
        max(day for day in kind if day < today) for kind in days if min(kind, default=today) < today
    ]
    return min(last, default=None)


def _days(start: datetime, end: datetime) -> float | None:
    """Days from one event to the next, which a day without a time may begin after it."""
    return (end - start).total_seconds() / 86400 if end >= start else None


def _sessions_before_contact(clicks: Clicks) -> list[Row]:
    """How many sessions people had before their first contact, and what they bought."""
    won = Counter(deal["person_id"] for deal in clicks.deals if deal["is_won"])
    counted: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for person, contact in clicks.first_contacts.items():
        before = contact["sessions_before_contact"]
        if before is not None:
            bucket = str(before) if before < 2 else "2-3" if before < 4 else "4+"
            first = clicks.first_source(person)
            day = clicks.world.clocks.day(contact["contacted_at"])
            counted[day, bucket, first["source"], first["channel"]].append(won[person])
    return [
        {
            **dict(zip(COLUMNS["rpt_sessions_before_contact"], key, strict=False)),
            "persons": len(deals),
            "deals_won": sum(deals) if clicks.deals else None,
        }
        for key, deals in counted.items()
    ]
