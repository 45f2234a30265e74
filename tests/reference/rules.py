"""The rules of docs/rules.md once more, in plain Python, written from the rules alone.

The SQL models and this module share no line and no idea of how to get there: lists and dictionaries
here, joins and windows there. Where both give the same rows for hundreds of random companies, a
slip would have to have been made twice. Nothing here is fast, and nothing needs to be.

``World`` reads the landed rows (dictionaries of text, as the contract check let them through)
under the settings and the seeds; ``sales_tables`` gives the rows of lead routing, contacts and
deals. What comes before a sale, from the click to the first contact, is in click_rules.py, and so
is ``expected_tables``, which gives the rows of every compared table.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from leadhouse.paths import PROJECT_ROOT

Row = dict[str, object]
Text = dict[str, str | None]

NONE = "(none)"
NO_CONTACT = "(no contact)"
STEPS = ("acquired", "handed_over", "contacted", "cp1", "cp2", "final")
CHECKPOINTS = ("cp1", "cp2", "final")
COUNTRY_CODES = {"PL": "48", "DE": "49", "CZ": "420", "GB": "44", "RU": "7", "US": "1"}
TRUNK_PREFIXES = {"PL": "", "DE": "0", "CZ": "", "GB": "0", "RU": "8", "US": "1"}
LONGEST_NATIONAL = {"PL": 9, "DE": 15, "CZ": 9, "GB": 10, "RU": 10, "US": 10}


def words(text: str) -> tuple[str, ...]:
    """The blank-separated names of a text."""
    return tuple(text.split())


def _calling_codes() -> dict[str, int]:
    longest: dict[str, int] = {}
    with (PROJECT_ROOT / "seeds" / "phone_regions.csv").open(encoding="utf-8") as lines:
        for plan in csv.DictReader(lines):
            code, digits = plan["calling_code"], int(plan["longest_national"])
            longest[code] = max(digits, longest.get(code, 0))
    return longest


CALLING_CODES = _calling_codes()
"""The world's calling codes, with the digits of the longest number behind each."""

KEYPAD = ("", "", "abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz")
HIDDEN_CALLERS = ("anonymous", "restricted", "unavailable", "unknown", "private", "blocked")
KEYS = {sign: str(key) for key, signs in enumerate(KEYPAD) for sign in signs}
NOBODYS = {
    *("".join(KEYS[sign] for sign in word) for word in HIDDEN_CALLERS),
    *words("12345678 123456789 1234567890 0123456789 87654321 987654321 9876543210"),
}
"""What exchanges send for hidden callers, and what fills a field."""

SHORTEST_WHOLE = 7

COLUMNS: dict[str, tuple[str, ...]] = {
    "fct_contact_acquisition": words(
        """
        panel_id contact_id source_tag acquired_at acquired_date is_source_tie handed_over_at
        handed_over_date handed_over_to hours_to_handover handover_status first_contacted_at
        first_contacted_date hours_to_first_contact cp1_entered_at cp2_entered_at
        final_entered_at cp1_reached cp2_reached final_reached current_stage is_lost
        reassigned_count first_activity_at contacted_by
        """
    ),
    "rpt_lead_routing_daily": words(
        """
        panel_id date_day source_tag user_id acquired_contacts handed_over_contacts
        contacted_contacts
        """
    ),
    "rpt_lead_routing_calendar": words(
        """
        panel_id date_day acquired_contacts handed_over_contacts contacted_contacts
        sellers_count contacts_per_seller
        """
    ),
    "rpt_lead_routing_flow": words(
        """
        panel_id acquired_date source_tag user_id acquired handed_over contacted waiting
        direct_assigned hours_to_handover_sum hours_to_handover_count cp1_entered cp1_now
        cp1_reached cp2_entered cp2_now cp2_reached final_entered final_now final_reached
        """
    ),
    "rpt_lead_routing_steps": words(
        """
        panel_id acquired_date source_tag user_id step_no step reached entered implied
        not_passed not_passed_lost not_passed_open
        """
    ),
    "rpt_lead_routing_sellers": words(
        """
        panel_id acquired_date user_id user_name handed_over contacted cp1_entered cp2_entered
        final_entered
        """
    ),
    "rpt_lead_routing_seller_sources": words(
        """
        panel_id acquired_date user_id user_name source_tag handed_over contacted cp1_entered
        cp2_entered final_entered
        """
    ),
    "dim_accounts": words(
        """
        account_id name domain industry size country region owner_user_id owner_name created_at
        created_date updated_at
        """
    ),
    "dim_contacts": words(
        """
        contact_id person_id account_id account_name company created_at created_date owner_user_id
        country region city gender is_client client_since_at is_deleted source medium campaign
        channel demand_class
        """
    ),
    "fct_deals": words(
        """
        deal_id contact_id person_id account_id account_name created_at created_date closed_at
        closed_date outcome_date status pipeline stage owner_user_id manager_user_id product
        competitor lost_reason creation_method amount currency amount_rc revenue_rc margin_rc
        paid_rc deal_source
        deal_medium deal_campaign content term cycle_days nth_deal is_repeat_deal is_open is_won
        is_lost source medium campaign channel contact_channel sessions_before_contact
        contact_session_no allocated_cost_spread_rc allocated_cost_direct_rc last_source last_medium
        last_campaign company participants region
        """
    ),
    "dim_user_history": words("user_id valid_from valid_to name role team is_active"),
    "fct_deal_stages": words(
        """
        deal_id pipeline stage entered_at left_at hours visit_no is_backward actor_user_id
        actor_name
        """
    ),
    "fct_contact_events": words(
        """
        contact_id person_id event_type occurred_at tag pipeline stage action actor_user_id
        actor_name
        """
    ),
    "rpt_deal_journal": words("deal_id stage_kind days_in_stage manager_name team owner_name"),
    "rpt_deal_summary": words(
        """
        date_basis date_day source medium channel contact_channel manager_user_id status deals
        deals_without_amount revenue_rc amount_rc
        """
    ),
    "rpt_top_deals": words(
        """
        period_type period_start rank deal_id closed_at amount_rc person_id manager_user_id
        source
        """
    ),
    "rpt_funnel": words(
        """
        created_date pipeline stage position owner_user_id source deals_entered deals_reached
        deals_now deals_lost_here hours_in_stage_sum hours_in_stage_count
        """
    ),
}
"""The compared columns of the tables of lead routing, contacts and deals."""

KEYED = {
    "users": ("user_id",),
    "accounts": ("account_id",),
    "contacts": ("contact_id",),
    "contact_merges": ("merged_contact_id",),
    "pipeline_stages": ("pipeline", "stage"),
    "deals": ("deal_id",),
    "deal_contacts": ("deal_id", "contact_id"),
    "payments": ("payment_id",),
    "calls": ("call_id",),
    "tracking_numbers": ("phone", "valid_from"),
    "number_leases": ("phone", "session_id", "leased_at"),
    "sessions": ("session_id",),
    "enquiries": ("enquiry_id",),
    "emails": ("email_id",),
    "manual_costs": ("cost_id",),
    "fx_rates": ("date", "currency"),
}
EVENTS = {
    "contact_tags": ("contact_id", "tag", "occurred_at", "action"),
    "contact_owners": ("contact_id", "to_user_id", "occurred_at", "role"),
    "contact_stages": ("contact_id", "pipeline", "stage", "occurred_at"),
    "deal_stages": ("deal_id", "stage", "occurred_at"),
}
INSTANTS = words(
    """
    created_at updated_at merged_at occurred_at closed_at paid_at started_at leased_at
    released_at valid_from valid_to sent_at
    """
)
DATES = ("date", "date_from", "date_to")
DECIMALS = {"amount": 2, "margin": 2, "cost": 6, "rate": 12, "probability": 12}
INTEGERS = words("position wait_seconds talk_seconds call_count impressions clicks")
BOOLEANS = {
    "is_deleted": False,
    "is_primary": False,
    "is_active": True,
    "is_planned": False,
    "is_internal": False,
}


@dataclass(frozen=True)
class Clocks:
    """The settings that a company is computed under (``as_of`` is an instant in UTC)."""

    as_of: datetime
    as_known_at: date | None = None
    timezone: str = "UTC"
    source_timezone: str = "UTC"
    currency: str = "EUR"
    phone_region: str = "PL"
    count_automation_contact: bool = True
    max_contacts_per_identifier: int = 10
    lease_grace_minutes: int = 30
    lease_max_minutes: int = 120
    caller_history_days: int = 90
    target_call_seconds: int = 30
    tag_echo_hours: int = 24
    parallel_pipelines: bool = False
    rate_max_age_days: int = 7
    small_cell: int = 5

    def start(self, day: str) -> datetime:
        """The instant at which a local day begins."""
        return datetime.combine(date.fromisoformat(day), time(), ZoneInfo(self.timezone))

    def day(self, instant: datetime | None) -> date | None:
        """The local day of an instant."""
        return instant and instant.astimezone(ZoneInfo(self.timezone)).date()


def sales_tables(world: World, contacts: list[Row], deals: list[Row]) -> dict[str, list[Row]]:
    """The rows of lead routing, contacts and deals, in no particular order.

    ``contacts`` and ``deals`` are those of ``contact_rows`` and ``deal_rows``, with their sources.
    """
    visits = _deal_stages(world)
    acquisition = contact_acquisition(world)
    return {
        "fct_contact_acquisition": acquisition,
        "rpt_lead_routing_daily": _daily(acquisition),
        "rpt_lead_routing_calendar": _calendar(world, acquisition),
        "rpt_lead_routing_flow": _flow(world, acquisition),
        "rpt_lead_routing_steps": _steps(acquisition),
        "rpt_lead_routing_sellers": _sellers(world, acquisition, by_source=False),
        "rpt_lead_routing_seller_sources": _sellers(world, acquisition, by_source=True),
        "dim_accounts": _accounts(world),
        "dim_contacts": contacts,
        "fct_deals": deals,
        "dim_user_history": world.user_history,
        "fct_deal_stages": visits,
        "fct_contact_events": _contact_events(world),
        "rpt_deal_journal": _journal(world, deals, visits),
        "rpt_deal_summary": _summary(deals),
        "rpt_top_deals": _top_deals(deals),
        "rpt_funnel": _funnel(world, deals, visits),
    }


# Reading the landed text


def instant(text: str | None, source_timezone: str) -> datetime | None:
    """A timestamp's instant: its own offset counts, without one it is local time of the source.

    A local time that happens twice is the earlier one; one that the clocks skip is read with the
    offset that held before the change.
    """
    if text is None:
        return None
    text = text.strip()
    head, fraction = text, ""
    if "." in text:
        head, tail = text.split(".")
        digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
        fraction, head = digits, head + tail[len(digits) :]
    head = head.replace(" ", "T")
    moment = datetime.fromisoformat(head)
    moment += timedelta(microseconds=int(fraction[:6].ljust(6, "0"))) if fraction else timedelta()
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(source_timezone), fold=0)
    return moment.astimezone(UTC)


def phone_numbers(text: str | None, region: str) -> list[str]:
    """The phone numbers in a cell as phones are compared (D-37), without those of nobody.

    They stand between words, commas, semicolons, lines and before plus signs, or by a slash after
    digits that are a whole number: in 030/1234567 they are not. Beside whole numbers short ones are
    extensions or other endings.
    """
    written = (text or "").replace("(0)", "").replace("( 0 )", "")
    written = re.sub(r"(^|[,;/|])[^\d,;/|]*\d+([.,]\d+)?[eE][+-]?\d+", r"\1;", written)
    written = re.sub(r"(?<=\d{7})\.0(?!\d)", "", written)
    pieces = []
    for chunk in re.split(r"[^\W\d_]+|[,;#|&\r\n]|(?=[+])", written):
        parts = [re.sub(r"[^\d+]", "", part) for part in chunk.split("/")]
        pieces.append("")
        for at, part in enumerate(parts):
            # 00 stands for a plus sign where a number begins, and nowhere else.
            part = part if pieces[-1] else re.sub(r"^00", "+", part)
            pieces[-1] += part
            is_whole = len(part.lstrip("+")) >= (9 if part.startswith("+") else 7)
            if is_whole and at + 1 < len(parts):
                pieces.append("")
    pieces = [piece for piece in pieces if piece.strip("+")]
    whole = [piece for piece in pieces if len(piece.lstrip("+")) >= SHORTEST_WHOLE]
    numbers = [_number(piece, region) for piece in whole or pieces[:1]]
    return [number for number in dict.fromkeys(numbers) if not _is_nobodys(number)]


def _number(digits: str, region: str) -> str:
    if digits.startswith("+"):
        return digits
    code, trunk = COUNTRY_CODES[region], TRUNK_PREFIXES[region]
    if len(digits) > LONGEST_NATIONAL[region] and digits.startswith(code):
        return "+" + digits
    if trunk and digits.startswith(trunk):
        return "+" + code + digits[len(trunk) :]
    if len(digits) > LONGEST_NATIONAL[region]:
        # A foreign number without its plus sign: no national one is as long.
        for length in (1, 2, 3):
            if len(digits) - length <= CALLING_CODES.get(digits[:length], 0):
                return "+" + digits
    return "+" + code + digits


def _is_nobodys(number: str) -> bool:
    national = [number[1:]]
    national += [number[1 + n :] for n in (1, 2, 3) if number[1 : 1 + n] in CALLING_CODES]
    return any(len(set(digits)) < 2 or digits in NOBODYS for digits in national)


def phone_number(text: str | None, region: str) -> str | None:
    """The first phone number in a cell, which calls and tracking numbers go by."""
    return next(iter(phone_numbers(text, region)), None)


def email_addresses(text: str | None) -> list[str]:
    """The e-mail addresses in a cell as they are compared: what stands around an @ (D-37)."""
    words_ = re.split(r"[\s<>()\[\],;:\"|\\/]+", (text or "").lower())
    return [
        word.split("?")[0].lstrip("'.").rstrip("'.") for word in words_ if "@" in word.strip("@'")
    ]


def rounded(value: Decimal, places: int = 2) -> Decimal:
    """Rounded half away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _typed(row: Text, clocks: Clocks) -> Row:
    typed: Row = {}
    for name, value in row.items():
        text = value if value is None or value.strip() else None
        if name in INSTANTS:
            typed[name] = instant(text, clocks.source_timezone)
            typed[f"{name} in order"] = _in_order(text, clocks.source_timezone)
        elif name in DATES:
            typed[name] = text and date.fromisoformat(text.strip()[:10])
        elif name in DECIMALS:
            typed[name] = None if text is None else rounded(Decimal(text.strip()), DECIMALS[name])
        elif name in INTEGERS:
            typed[name] = None if text is None else int(Decimal(text.strip()))
        elif name in BOOLEANS:
            typed[name] = (
                BOOLEANS[name] if text is None else text.strip().lower() in ("true", "1", "yes")
            )
        else:
            typed[name] = text
        if name == "closed_at":
            typed["closed_at_is_day"] = text is not None and ":" not in text
    return typed


def _in_order(text: str | None, source_timezone: str) -> datetime | None:
    """Where a moment stands in an order: a day without a time at its last instant."""
    if text is None or len(text.strip()) > 10:
        return instant(text, source_timezone)
    next_day = date.fromisoformat(text.strip()) + timedelta(days=1)
    return instant(next_day.isoformat(), source_timezone) - timedelta(microseconds=1)


def delivered(row: Row) -> tuple[str, str, int]:
    """The order in which landed rows count: delivery, file, row number."""
    return row["_delivery_date"], row["_source_file"], int(row["_row_number"])


@dataclass
class _Panel:
    panel_id: str
    handed_from: str
    first_contact_tag: str
    pipeline: str
    stages: dict[str, str]
    source_priority: dict[str, int]
    sellers: dict[str, list[tuple[str, str]]]
    is_open_to_all: bool

    def has_seller(self, user_id: str, day: date) -> bool:
        """Whether the user is a seller that day; users without a record count like contacts do."""
        if self.is_open_to_all:
            return user_id != self.handed_from
        spans = self.sellers.get(user_id, [])
        return any(since <= str(day) <= until for since, until in spans)


@dataclass
class World:
    """What is known under the two clocks: typed, once per key or event, merges resolved.

    ``landed`` holds per entity the rows that passed the contract check, each with
    ``_delivery_date`` (ISO text), ``_source_file`` and ``_row_number``; ``seeds`` the
    configuration, as text too.
    """

    landed: dict[str, list[Text]]
    clocks: Clocks
    seeds: dict[str, list[Text]]
    tables: dict[str, list[Row]] = field(init=False)
    deal_versions: dict[str, list[Row]] = field(init=False)
    user_history: list[Row] = field(init=False)

    def __post_init__(self) -> None:
        self.tables = {}
        for entity, key in {**KEYED, **EVENTS}.items():
            latest: dict[tuple[object, ...], Row] = {}
            for row in sorted(self.known(entity), key=delivered):
                latest[tuple(row[column] for column in key)] = row
            self.tables[entity] = list(latest.values())
        self.tables["calls"] = _of_legs(self.tables["calls"], self.known("calls"))
        self.deal_versions = defaultdict(list)
        for row in self.known("deals"):
            self.deal_versions[row["deal_id"]].append(row)

        self.user_history = _user_history(self)

        as_of = self.clocks.as_of
        for entity in EVENTS:
            self.tables[entity] = [r for r in self.tables[entity] if r["occurred_at"] < as_of]
        for entity, column in (
            ("contacts", "created_at"),
            ("deals", "created_at"),
            ("contact_merges", "merged_at"),
            ("payments", "paid_at"),
            ("calls", "started_at"),
            ("sessions", "started_at"),
            ("enquiries", "occurred_at"),
            ("emails", "sent_at"),
        ):
            self.tables[entity] = [r for r in self.tables[entity] if r[column] < as_of]

        self.tables["accounts"] = [
            row
            for row in self.tables["accounts"]
            if row["created_at"] is None or row["created_at"] < as_of
        ]
        self.accounts = {row["account_id"]: row["name"] for row in self.tables["accounts"]}
        self.merged_into = {}
        for row in sorted(
            self.tables["contact_merges"], key=lambda r: (r["merged_at"], r["merged_contact_id"])
        ):
            # A merge that would close a loop with earlier ones does not count (D-32).
            if self.survivor(row["surviving_contact_id"]) != row["merged_contact_id"]:
                self.merged_into[row["merged_contact_id"]] = row["surviving_contact_id"]
        for entity in ("contact_tags", "contact_owners", "contact_stages"):
            for row in self.tables[entity]:
                row["recorded_contact_id"] = row["contact_id"]
                row["contact_id"] = self.survivor(row["contact_id"])
        self.surviving = {
            row["contact_id"]: row
            for row in self.tables["contacts"]
            if row["contact_id"] not in self.merged_into
        }
        self.users = {row["user_id"]: row["name"] for row in self.tables["users"]}
        self.stages = {
            (row["pipeline"], row["stage"]): row for row in self.tables["pipeline_stages"]
        }
        self.contacts_with = _identifiers(self)
        self.person_of = _persons(self)
        self.panels = _panels(self)
        self.rates = defaultdict(dict)
        for row in self.tables["fx_rates"]:
            self.rates[row["currency"]][row["date"]] = row["rate"]

    def known(self, entity: str) -> list[Row]:
        """Every landed row of an entity that the deliveries up to as_known_at hold, typed."""
        limit = self.clocks.as_known_at
        rows = []
        for text in self.landed.get(entity, []):
            if limit is None or date.fromisoformat(text["_delivery_date"]) <= limit:
                row = defaultdict(lambda: None, _typed(text, self.clocks))
                if entity == "contact_tags":
                    row["action"] = row["action"] or "add"
                if entity == "contact_owners":
                    row["role"] = row["role"] or "main"
                for column, default in BOOLEANS.items():
                    row.setdefault(column, default)
                rows.append(row)
        return rows

    def survivor(self, contact_id: str | None) -> str | None:
        """The contact that a contact id counts as, through chains of merges."""
        while contact_id in self.merged_into:
            contact_id = self.merged_into[contact_id]
        return contact_id

    def position(self, pipeline: str | None, stage: str | None) -> int | None:
        row = self.stages.get((pipeline, stage))
        return row and row["position"]

    def kind(self, pipeline: str | None, stage: str | None) -> str | None:
        row = self.stages.get((pipeline, stage))
        return row and row["kind"]

    def converted(
        self, amount: Decimal | None, currency: str | None, day: date | None, places: int = 2
    ) -> Decimal | None:
        """An amount in the reporting currency at the day's rate, ``None`` without one."""
        if amount is None or currency is None or day is None:
            return None
        if currency == self.clocks.currency:
            return rounded(amount, places)
        for age in range(self.clocks.rate_max_age_days + 1):
            rate = self.rates[currency].get(day - timedelta(days=age))
            if rate is not None:
                return rounded(amount * rate, places)
        for row in self.seeds.get("fixed_rates", []):
            since, until = row["valid_from"], row["valid_to"]
            is_in_time = (not since or since <= str(day)) and (not until or str(day) <= until)
            if row["currency"] == currency and is_in_time:
                return rounded(amount * Decimal(row["rate"]), places)
        return None

    def team(self, user_id: str | None, at: datetime) -> str | None:
        """The team on the user's card that held at an instant."""
        held = [row for row in self.user_history if row["user_id"] == user_id]
        for row in held:
            has_begun = row["valid_from"] is None or row["valid_from"] <= at
            if has_begun and (row["valid_to"] is None or at < row["valid_to"]):
                return row["team"]
        return None


def _of_legs(calls: list[Row], known: list[Row]) -> list[Row]:
    """Calls, each of the legs that its latest file has of it: a start and user once, the latest."""
    rows_of = grouped(known, lambda row: (row["call_id"], *delivered(row)[:2]))
    for call in calls:
        rows = rows_of[call["call_id"], *delivered(call)[:2]]
        last = {
            (row["started_at"], row["user_id"]): row for row in sorted(rows, key=delivered)
        }.values()
        legs = sorted(last, key=lambda row: (row["started_at"], delivered(row)))
        call["legs"] = len(legs)
        if len(legs) == 1:
            continue
        answers = [at for at, row in enumerate(legs) if row["status"] == "answered"]
        until_answer = legs[: answers[0] + 1] if answers else legs
        who = [legs[at]["user_id"] for at in answers if legs[at]["user_id"]]
        others = [row["user_id"] for row in legs if row["user_id"]]
        for name in ("started_at", "started_at in order"):
            call[name] = legs[0][name]
        call["user_id"] = next(iter(who), others[-1] if others else None)
        call["status"] = "answered" if answers else legs[-1]["status"]
        for name, rows in (("wait_seconds", until_answer), ("talk_seconds", legs)):
            known_seconds = [row[name] for row in rows if row[name] is not None]
            call[name] = sum(known_seconds) if known_seconds else None
    return calls


def _user_history(world: World) -> list[Row]:
    rows = []
    for (user_id,), cards in grouped(world.known("users"), lambda row: (row["user_id"],)).items():
        first_day = min(card["_delivery_date"] for card in cards)
        said: dict[datetime | None, tuple[object, ...]] = {}
        for card in sorted(cards, key=delivered):
            since = card["updated_at"]
            if since is None and card["_delivery_date"] != first_day:
                since = world.clocks.start(card["_delivery_date"])
            said[since] = tuple(card[name] for name in ("name", "role", "team", "is_active"))
        mine: list[Row] = []
        for since in sorted(said, key=lambda at: (at is not None, at and at.timestamp())):
            if mine and said[since] == mine[-1]["said"]:
                continue
            if mine:
                mine[-1]["valid_to"] = since
            mine.append({"valid_from": since, "valid_to": None, "said": said[since]})
        for row in mine:
            card = dict(zip(("name", "role", "team", "is_active"), row.pop("said"), strict=True))
            rows.append({"user_id": user_id, **row, **card})
    return rows


# Identity


def _identifiers(world: World) -> dict[tuple[str, str], set[str]]:
    """The surviving contacts of every e-mail and phone that may say who somebody is."""
    region = world.clocks.phone_region
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in world.tables["contacts"]:
        contact_id = world.survivor(row["contact_id"])
        if contact_id not in world.surviving:
            continue
        for email in email_addresses(row["email"]):
            holders["email", email].add(contact_id)
        for phone in phone_numbers(row["phone"], region):
            holders["phone", phone].add(contact_id)
    blocked = set()
    for row in world.seeds.get("identifier_blocklist", []):
        value = row["identifier"] or ""
        blocked |= {("email", email) for email in email_addresses(value)}
        blocked |= {("phone", phone) for phone in phone_numbers(value, region)}
    return {
        identifier: contacts
        for identifier, contacts in holders.items()
        if identifier not in blocked and len(contacts) <= world.clocks.max_contacts_per_identifier
    }


def _persons(world: World) -> dict[str, str]:
    """person_id of every surviving contact that has a record."""
    neighbours: dict[str, set[str]] = defaultdict(set)
    for contacts in world.contacts_with.values():
        for contact_id in contacts:
            neighbours[contact_id] |= contacts

    person_of: dict[str, str] = {}
    for start in world.surviving:
        if start in person_of:
            continue
        group, waiting = {start}, [start]
        while waiting:
            for other in neighbours[waiting.pop()] - group:
                group.add(other)
                waiting.append(other)
        person = min(group, key=lambda c: (world.surviving[c]["created_at in order"], c))
        person_of.update(dict.fromkeys(group, person))
    return person_of


def _accounts(world: World) -> list[Row]:
    return [
        {
            **{name: record[name] for name in COLUMNS["dim_accounts"]},
            "owner_name": world.users.get(record["owner_user_id"]),
            "created_date": world.clocks.day(record["created_at"]),
        }
        for record in world.tables["accounts"]
    ]


def contact_rows(world: World, deals: list[Row]) -> list[Row]:
    """The rows of dim_contacts, but for their sources."""
    client_since: dict[str, datetime] = {}
    for deal in deals:
        if deal["is_won"] and deal["person_id"] is not None:
            since = deal["closed_at"] or deal["created_at"]
            person = deal["person_id"]
            client_since[person] = min(since, client_since.get(person, since))
    rows = []
    for contact_id, record in world.surviving.items():
        person = world.person_of[contact_id]
        rows.append(
            {
                **{c: record[c] for c in COLUMNS["dim_contacts"]},
                "person_id": person,
                "account_name": world.accounts.get(record["account_id"]),
                "company": world.accounts.get(record["account_id"]) or record["company"],
                "created_date": world.clocks.day(record["created_at"]),
                "is_client": person in client_since,
                "client_since_at": client_since.get(person),
            }
        )
    return rows


# Lead routing


def _panels(world: World) -> list[_Panel]:
    panels = []
    for row in world.seeds.get("lead_routing_panels", []):
        if (row["is_active"] or "").strip().lower() not in ("true", "1", "yes"):
            continue
        panel_id = row["panel_id"]
        sellers = defaultdict(list)
        for seller in world.seeds.get("lead_routing_panel_sellers", []):
            if seller["panel_id"] == panel_id:
                span = seller.get("valid_from") or "0000", seller.get("valid_to") or "9999"
                sellers[seller["user_id"]].append(span)
        everybody = set(world.users) - {row["handed_from_user_id"]}
        panels.append(
            _Panel(
                panel_id=panel_id,
                handed_from=row["handed_from_user_id"],
                first_contact_tag=row["first_contact_tag"],
                pipeline=row["pipeline"],
                stages={name: row[f"{name}_stage"] for name in CHECKPOINTS},
                source_priority={
                    source["source_tag"]: int(source["priority"])
                    for source in world.seeds.get("lead_routing_panel_sources", [])
                    if source["panel_id"] == panel_id
                },
                sellers=sellers or {user_id: [("0000", "9999")] for user_id in everybody},
                is_open_to_all=not sellers,
            )
        )
    return panels


def _by_contact(rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["contact_id"]].append(row)
    return grouped


def _earliest_around(
    events: list[Row], start: datetime, tie: Callable[[Row], object]
) -> tuple[Row | None, float | None]:
    """The earliest event that may be at or after ``start``, else the earliest before; its hours."""
    after = [event for event in events if event["occurred_at in order"] >= start]
    chosen = min(after or events, key=lambda e: (e["occurred_at in order"], tie(e)), default=None)
    is_later = chosen is not None and chosen["occurred_at"] >= start
    return chosen, (_hours(start, chosen["occurred_at"]) if is_later else None)


def _hours(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds() / 3600


def contact_acquisition(world: World) -> list[Row]:
    """The rows of fct_contact_acquisition, but for whose work it was."""
    adds = _by_contact(row for row in world.tables["contact_tags"] if row["action"] == "add")
    owners = _by_contact(r for r in world.tables["contact_owners"] if r["role"].lower() == "main")
    stages = _by_contact(world.tables["contact_stages"])
    deleted = {c for c, row in world.surviving.items() if row["is_deleted"]}
    return [
        _acquired_contact(
            world,
            panel,
            contact_id,
            tags,
            owners[contact_id],
            stages[contact_id],
            contact_id in deleted,
        )
        for panel in world.panels
        for contact_id, tags in adds.items()
        if any(row["tag"] in panel.source_priority for row in tags)
    ]


def _acquired_contact(
    world: World,
    panel: _Panel,
    contact_id: str,
    tags: list[Row],
    owners: list[Row],
    stages: list[Row],
    is_deleted: bool,
) -> Row:
    sources = [row for row in tags if row["tag"] in panel.source_priority]
    source = min(
        sources,
        key=lambda r: (r["occurred_at in order"], panel.source_priority[r["tag"]], r["tag"]),
    )
    acquired_at = source["occurred_at"]

    def day(row: Row) -> date:
        return world.clocks.day(row["occurred_at"])

    to_seller = [row for row in owners if panel.has_seller(row["to_user_id"], day(row))]
    handover, hours_to_handover = _earliest_around(
        [row for row in to_seller if row["from_user_id"] == panel.handed_from],
        acquired_at,
        lambda row: row["to_user_id"],
    )
    latest_owner = max(
        owners, key=lambda row: (row["occurred_at in order"], row["to_user_id"]), default=None
    )
    if handover:
        status = "handed_over"
    elif to_seller:
        status = "direct"
    elif latest_owner is None or latest_owner["to_user_id"] == panel.handed_from:
        status = "waiting"
    else:
        status = "other"
    in_order = sorted(
        owners,
        key=lambda row: (
            *(row["occurred_at in order"], row["to_user_id"]),
            *(row["from_user_id"] is None, row["from_user_id"] or ""),
        ),
    )
    reassigned = [
        (
            row["from_user_id"] or (before and before["to_user_id"]),
            row["to_user_id"],
            row["occurred_at in order"],
        )
        for before, row in zip([None, *in_order], in_order, strict=False)
        if handover
        and row["occurred_at in order"] > handover["occurred_at in order"]
        and row["to_user_id"] != (row["from_user_id"] or (before and before["to_user_id"]))
    ]

    contact, hours_to_contact = _earliest_around(
        [
            row
            for row in tags
            if row["tag"] == panel.first_contact_tag
            and (world.clocks.count_automation_contact or row["actor_type"] != "automation")
        ],
        acquired_at,
        lambda row: row["tag"],
    )

    direct, _ = _earliest_around(to_seller, acquired_at, lambda row: row["to_user_id"])
    received = handover or direct
    steps = {
        "received": received and received["occurred_at in order"],
        "contacted": contact and contact["occurred_at in order"],
    }
    in_pipeline = [row for row in stages if row["pipeline"] == panel.pipeline]
    entered = {}
    for name, stage in panel.stages.items():
        mine = [row for row in in_pipeline if row["stage"] == stage]
        entry, _ = _earliest_around(mine, acquired_at, lambda row: row["stage"])
        may_be_later = entry is not None and entry["occurred_at in order"] >= acquired_at
        entered[name] = entry["occurred_at"] if may_be_later else None
        steps[f"{name}_entered"] = entry["occurred_at in order"] if may_be_later else None
    latest_stage = max(
        in_pipeline,
        key=lambda row: (
            row["occurred_at in order"],
            -1 if (at := world.position(row["pipeline"], row["stage"])) is None else at,
            row["stage"],
        ),
        default=None,
    )
    current_stage = latest_stage and latest_stage["stage"]
    handed_over_at = handover and handover["occurred_at"]
    contacted_at = contact and contact["occurred_at"]
    return {
        "panel_id": panel.panel_id,
        "contact_id": contact_id,
        "source_tag": source["tag"],
        "acquired_at": acquired_at,
        "acquired_date": world.clocks.day(acquired_at),
        "is_source_tie": any(
            row["occurred_at in order"] == source["occurred_at in order"]
            and row["tag"] != source["tag"]
            for row in sources
        ),
        "handed_over_at": handed_over_at,
        "handed_over_date": world.clocks.day(handed_over_at),
        "handed_over_to": handover and handover["to_user_id"],
        "hours_to_handover": hours_to_handover,
        "handover_status": status,
        "first_contacted_at": contacted_at,
        "first_contacted_date": world.clocks.day(contacted_at),
        "hours_to_first_contact": hours_to_contact,
        "cp1_entered_at": entered["cp1"],
        "cp2_entered_at": entered["cp2"],
        "final_entered_at": entered["final"],
        "cp1_reached": any(entered[name] for name in ("cp1", "cp2", "final")),
        "cp2_reached": any(entered[name] for name in ("cp2", "final")),
        "final_reached": entered["final"] is not None,
        "current_stage": current_stage,
        "is_lost": is_deleted or world.kind(panel.pipeline, current_stage) == "lost",
        "reassigned_count": len(reassigned),
        "reassigned": reassigned,
        "steps": steps,
    }


def grouped(
    rows: Iterable[Row], key: Callable[[Row], tuple[object, ...]]
) -> dict[tuple[object, ...], list[Row]]:
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _cohort(row: Row) -> tuple[object, ...]:
    return (
        row["panel_id"],
        row["acquired_date"],
        row["source_tag"],
        row["handed_over_to"] or NONE,
    )


def _count(rows: Iterable[Row], column: str) -> int:
    return sum(1 for row in rows if row[column] is not None)


def total(values: Iterable[float | Decimal | None]) -> float | Decimal | None:
    """The sum of what is known, ``None`` when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known else None


def _daily(acquisition: list[Row]) -> list[Row]:
    counts: dict[tuple[object, ...], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(
            ("acquired_contacts", "handed_over_contacts", "contacted_contacts"), 0
        )
    )
    for row in acquisition:
        for column, count in (
            ("acquired_date", "acquired_contacts"),
            ("handed_over_date", "handed_over_contacts"),
            ("first_contacted_date", "contacted_contacts"),
        ):
            if row[column] is not None:
                panel_id, _, tag, user_id = _cohort(row)
                counts[panel_id, row[column], tag, user_id][count] += 1
    return [
        {"panel_id": panel_id, "date_day": day, "source_tag": tag, "user_id": user_id, **count}
        for (panel_id, day, tag, user_id), count in counts.items()
    ]


def _calendar(world: World, acquisition: list[Row]) -> list[Row]:
    daily = grouped(_daily(acquisition), lambda row: (row["panel_id"],))
    rows = []
    for panel in world.panels:
        events = daily.get((panel.panel_id,), [])
        if not events:
            continue
        day = min(row["date_day"] for row in events)
        yesterday = world.clocks.day(world.clocks.as_of) - timedelta(days=1)
        while day <= max(yesterday, *(row["date_day"] for row in events)):
            counts = {
                name: sum(row[name] for row in events if row["date_day"] == day)
                for name in ("acquired_contacts", "handed_over_contacts", "contacted_contacts")
            }
            sellers = sum(
                any(since <= str(day) <= until for since, until in spans)
                for spans in panel.sellers.values()
            )
            rows.append(
                {
                    "panel_id": panel.panel_id,
                    "date_day": day,
                    **counts,
                    "sellers_count": sellers,
                    "contacts_per_seller": (
                        counts["handed_over_contacts"] / sellers if sellers else None
                    ),
                }
            )
            day += timedelta(days=1)
    return rows


def _flow(world: World, acquisition: list[Row]) -> list[Row]:
    stages = {panel.panel_id: panel.stages for panel in world.panels}
    rows = []
    for (panel_id, day, tag, user_id), group in grouped(acquisition, _cohort).items():
        row: Row = {
            "panel_id": panel_id,
            "acquired_date": day,
            "source_tag": tag,
            "user_id": user_id,
            "acquired": len(group),
            "handed_over": _count(group, "handed_over_at"),
            "contacted": _count(group, "first_contacted_at"),
            "waiting": sum(1 for r in group if r["handover_status"] == "waiting"),
            "direct_assigned": sum(1 for r in group if r["handover_status"] == "direct"),
            "hours_to_handover_sum": sum((r["hours_to_handover"] or 0.0 for r in group), 0.0),
            "hours_to_handover_count": _count(group, "hours_to_handover"),
        }
        for name in CHECKPOINTS:
            row[f"{name}_entered"] = _count(group, f"{name}_entered_at")
            row[f"{name}_now"] = sum(
                1 for r in group if r["current_stage"] == stages[panel_id][name]
            )
            row[f"{name}_reached"] = sum(1 for r in group if r[f"{name}_reached"])
        rows.append(row)
    return rows


def _passed(row: Row) -> list[bool]:
    return [
        True,
        row["handed_over_at"] is not None,
        row["first_contacted_at"] is not None,
        *(row[f"{name}_entered_at"] is not None for name in CHECKPOINTS),
    ]


def _steps(acquisition: list[Row]) -> list[Row]:
    rows = []
    for (panel_id, day, tag, user_id), group in grouped(acquisition, _cohort).items():
        for index, step in enumerate(STEPS):
            reached = [row for row in group if any(_passed(row)[index:])]
            before = [row for row in group if any(_passed(row)[max(index - 1, 0) :])]
            entered = sum(1 for row in group if _passed(row)[index])
            stopped = [row for row in before if row not in reached]
            lost = sum(1 for row in stopped if row["is_lost"])
            rows.append(
                {
                    "panel_id": panel_id,
                    "acquired_date": day,
                    "source_tag": tag,
                    "user_id": user_id,
                    "step_no": index + 1,
                    "step": step,
                    "reached": len(reached),
                    "entered": entered,
                    "implied": len(reached) - entered,
                    "not_passed": len(stopped),
                    "not_passed_lost": lost,
                    "not_passed_open": len(stopped) - lost,
                }
            )
    return rows


def _sellers(world: World, acquisition: list[Row], *, by_source: bool) -> list[Row]:
    """Every seller on every acquisition day (and source tag) of the panel, and those of nobody."""

    def cell(row: Row) -> tuple[object, ...]:
        return row["panel_id"], row["acquired_date"], row["source_tag"] if by_source else None

    rows = []
    for (panel_id, day, tag), group in grouped(acquisition, cell).items():
        panel = next(panel for panel in world.panels if panel.panel_id == panel_id)
        holders = {row["handed_over_to"] or NONE for row in group}
        for user_id in panel.sellers.keys() | holders:
            mine = [row for row in group if (row["handed_over_to"] or NONE) == user_id]
            rows.append(
                {
                    "panel_id": panel_id,
                    "acquired_date": day,
                    "user_id": user_id,
                    "user_name": world.users.get(user_id),
                    "source_tag": tag,
                    "handed_over": _count(mine, "handed_over_at"),
                    "contacted": _count(mine, "first_contacted_at"),
                    **{f"{n}_entered": _count(mine, f"{n}_entered_at") for n in CHECKPOINTS},
                }
            )
    return rows


# Deals


def deal_rows(world: World) -> list[Row]:
    """The rows of fct_deals, but for their sources and first contacts."""
    clocks = world.clocks
    primary: dict[str, str] = {}
    for row in world.tables["deal_contacts"]:
        if row["is_primary"]:
            deal_id = row["deal_id"]
            primary[deal_id] = min(row["contact_id"], primary.get(deal_id, row["contact_id"]))
    payments = grouped(world.tables["payments"], lambda row: (row["deal_id"],))

    rows = []
    for record in world.tables["deals"]:
        deal_id, status = record["deal_id"], record["status"] or _status(world, record)
        # A card that names several contacts belongs to the first.
        on_card = next(iter(re.findall(r"[^;|]+", record["contact_id"] or "")), "").strip()
        contact_id = world.survivor(on_card or primary.get(deal_id))
        created_date = clocks.day(record["created_at"])
        closed_date = clocks.day(record["closed_at"])
        is_decided = status in ("won", "lost")
        outcome_date = (closed_date or created_date) if is_decided else None
        rate_date = outcome_date or created_date
        amount_rc = world.converted(record["amount"], record["currency"], rate_date)
        paid = [
            world.converted(row["amount"], row["currency"], clocks.day(row["paid_at"]))
            for row in payments.get((deal_id,), [])
        ]
        is_measured = bool(world.tables["payments"]) and None not in paid
        cycle_days = None
        if status == "won" and closed_date is not None:
            cycle_days = (record["closed_at"] - record["created_at"]).total_seconds() / 86400
            if record["closed_at_is_day"]:
                cycle_days = float((closed_date - created_date).days)
            cycle_days = cycle_days if cycle_days >= 0 else None
        is_workbook = record["_source_file"].lower().endswith((".xlsx", ".xls", ".xlsb", ".ods"))
        rows.append(
            {
                **{c: record[c] for c in COLUMNS["fct_deals"]},
                "contact_id": contact_id or NO_CONTACT,
                "person_id": world.person_of.get(contact_id),
                "account_name": world.accounts.get(record["account_id"]),
                "status": status,
                "created_date": created_date,
                "closed_date": closed_date,
                "outcome_date": outcome_date,
                "manager_user_id": (
                    record["owner_user_id"] if status == "open" else _manager(world, record)
                ),
                "creation_method": (
                    record["creation_method"] or ("excel" if is_workbook else "manual")
                ),
                "amount_rc": amount_rc,
                "revenue_rc": amount_rc if status == "won" else Decimal("0.00"),
                "margin_rc": world.converted(record["margin"], record["currency"], rate_date),
                "paid_rc": sum(paid, Decimal("0.00")) if is_measured else None,
                "ordered_at": record["created_at in order"],
                "closed_in_order_at": record["closed_at in order"],
                "closed_in_order": record["closed_at in order"],
                "deal_source": record["source"],
                "deal_medium": record["medium"],
                "deal_campaign": record["campaign"],
                "deal_keyword": record["term"],
                "cycle_days": cycle_days,
                "nth_deal": None,
                "is_repeat_deal": None,
                "is_open": status == "open",
                "is_won": status == "won",
                "is_lost": status == "lost",
            }
        )
    counted = [r for r in rows if r["person_id"] is not None and r["status"] != "deleted"]
    for group in grouped(counted, lambda row: (row["person_id"],)).values():
        group.sort(key=lambda row: (row["ordered_at"], row["deal_id"]))
        for number, row in enumerate(group, start=1):
            row["nth_deal"] = number
            row["is_repeat_deal"] = number > 1
    return rows


def _status(world: World, record: Row) -> str:
    """The status of a deal whose card gives none: the kind of its latest stage."""
    mine = [row for row in world.tables["deal_stages"] if row["deal_id"] == record["deal_id"]]
    latest = max(mine, key=lambda event: _stage_order(world, event), default=record)
    return world.kind(latest["pipeline"], latest["stage"]) or "open"


def _stage_order(world: World, event: Row) -> tuple[object, ...]:
    """The order of the stage events of one deal."""
    position = world.position(event["pipeline"], event["stage"])
    is_unlisted = position is None
    at = event["occurred_at in order"]
    return at, is_unlisted, position or 0, event["pipeline"], event["stage"]


def _manager(world: World, record: Row) -> str | None:
    # Of a deal that was closed on a day, the owner at its end.
    closed_at = record["closed_at in order"]

    known = world.deal_versions[record["deal_id"]]
    first_day = min(delivered(version)[0] for version in known)

    def since(version: Row) -> datetime:
        day = delivered(version)[0]
        start = world.clocks.start(day)
        return version["updated_at"] or (version["created_at"] if day == first_day else start)

    versions = [
        version for version in known if closed_at is not None and since(version) <= closed_at
    ]
    at_close = max(versions, key=lambda v: (since(v), delivered(v)), default=None)
    return (at_close and at_close["owner_user_id"]) or record["owner_user_id"]


def _deal_stages(world: World) -> list[Row]:
    rows = []
    parallel = world.clocks.parallel_pipelines
    by_deal = grouped(world.tables["deal_stages"], lambda row: (row["deal_id"],))
    for (deal_id,), events in by_deal.items():
        events = sorted(events, key=lambda event: _stage_order(world, event))
        visits: dict[str, int] = defaultdict(int)
        for index, event in enumerate(events):

            def runs_along(other: Row, event: Row = event) -> bool:
                return not parallel or other["pipeline"] == event["pipeline"]

            previous = next(filter(runs_along, reversed(events[:index])), None)
            following = next(filter(runs_along, events[index + 1 :]), None)
            entered_at = event["occurred_at"]
            left_at = following and following["occurred_at"]
            position = world.position(event["pipeline"], event["stage"])
            last_position = previous and world.position(previous["pipeline"], previous["stage"])
            visits[event["stage"]] += 1
            rows.append(
                {
                    "deal_id": deal_id,
                    "pipeline": event["pipeline"],
                    "stage": event["stage"],
                    "entered_at": entered_at,
                    "left_at": left_at,
                    # An entry of this day, of whose time nothing is known, may have been any later.
                    "hours": (
                        _hours(entered_at, left_at) if left_at and left_at >= entered_at else None
                    ),
                    "visit_no": visits[event["stage"]],
                    "is_backward": (
                        previous is not None
                        and previous["pipeline"] == event["pipeline"]
                        and position is not None
                        and last_position is not None
                        and position < last_position
                    ),
                    "actor_user_id": event["actor_user_id"],
                    "actor_name": world.users.get(event["actor_user_id"]),
                }
            )
    for deal in world.tables["deals"]:
        if deal["stage"] is not None and (deal["deal_id"],) not in by_deal:
            rows.append(
                {
                    **dict.fromkeys(COLUMNS["fct_deal_stages"]),
                    **{name: deal[name] for name in ("deal_id", "pipeline", "stage")},
                    "visit_no": 1,
                    "is_backward": False,
                }
            )
    return rows


def _contact_events(world: World) -> list[Row]:
    rows = []
    for type_, own in (("tag", ("tag", "action")), ("stage", ("pipeline", "stage"))):
        for event in world.tables[f"contact_{type_}s"]:
            rows.append(
                {
                    **dict.fromkeys(COLUMNS["fct_contact_events"]),
                    **{name: event[name] for name in ("contact_id", "occurred_at", *own)},
                    "person_id": world.person_of.get(event["contact_id"]),
                    "event_type": type_,
                    "actor_user_id": event["actor_user_id"],
                    "actor_name": world.users.get(event["actor_user_id"]),
                }
            )
    return rows


def _journal(world: World, deals: list[Row], visits: list[Row]) -> list[Row]:
    """What the journal adds to each deal: its stage's kind and age, its manager's name and team."""
    users = {row["user_id"]: row for row in world.tables["users"]}
    visits_of = grouped(visits, lambda row: (row["deal_id"],))
    rows = []
    for deal in deals:
        manager, owner = (users.get(deal[f"{role}_user_id"]) for role in ("manager", "owner"))
        answered_at = world.clocks.as_of
        if deal["is_won"] or deal["is_lost"]:
            answered_at = deal["closed_in_order"] or deal["created_at"]
        mine = visits_of.get((deal["deal_id"],), [])
        entered = [visit["entered_at"] for visit in mine if visit["entered_at"] is not None]
        days = None
        if deal["is_open"] and entered:
            days = (world.clocks.as_of - max(entered)).total_seconds() / 86400
        rows.append(
            {
                "deal_id": deal["deal_id"],
                "stage_kind": world.kind(deal["pipeline"], deal["stage"]),
                "days_in_stage": days,
                "manager_name": manager and manager["name"],
                "team": world.team(deal["manager_user_id"], answered_at),
                "owner_name": owner and owner["name"],
            }
        )
    return rows


def _summary(deals: list[Row]) -> list[Row]:
    rows = []
    for basis, day in (("created", "created_date"), ("outcome", "outcome_date")):
        groups = grouped(
            (deal for deal in deals if deal[day] is not None),
            lambda deal, day=day: (
                deal[day],
                *(deal[name] for name in ("source", "medium", "channel", "contact_channel")),
                deal["manager_user_id"] or NONE,
                deal["status"],
            ),
        )
        for (date_day, source, medium, channel, how, manager, status), group in groups.items():
            rows.append(
                {
                    "date_basis": basis,
                    "date_day": date_day,
                    "source": source,
                    "medium": medium,
                    "channel": channel,
                    "contact_channel": how,
                    "manager_user_id": manager,
                    "status": status,
                    "deals": len(group),
                    "deals_without_amount": len(group) - _count(group, "amount"),
                    "revenue_rc": total(deal["revenue_rc"] for deal in group),
                    "amount_rc": total(deal["amount_rc"] for deal in group),
                }
            )
    return rows


def _period_starts(day: date) -> dict[str, date | None]:
    return {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=day.month - (day.month - 1) % 3, day=1),
        "year": day.replace(month=1, day=1),
        "all": None,
    }


def _top_deals(deals: list[Row]) -> list[Row]:
    periods: dict[tuple[str, date | None], list[Row]] = defaultdict(list)
    for deal in deals:
        if deal["is_won"] and deal["revenue_rc"] is not None:
            for period in _period_starts(deal["outcome_date"]).items():
                periods[period].append(deal)
    never = datetime.max.replace(tzinfo=UTC)
    rows = []
    for (period_type, period_start), group in periods.items():
        group.sort(key=lambda d: (-d["revenue_rc"], d["closed_in_order"] or never, d["deal_id"]))
        for rank, deal in enumerate(group[:3], start=1):
            rows.append(
                {**deal, "period_type": period_type, "period_start": period_start, "rank": rank}
            )
    return rows


def _funnel(world: World, deals: list[Row], visits: list[Row]) -> list[Row]:
    visits_of = grouped(visits, lambda row: (row["deal_id"], row["pipeline"]))
    listed = {key: row["position"] for key, row in world.stages.items()}
    met = {(row["pipeline"], row["stage"]): None for row in (*deals, *visits) if row["stage"]}
    pipelines = {pipeline for _, pipeline in visits_of}
    cells: dict[tuple[object, ...], Row] = {}
    for deal in deals:
        own = deal["pipeline"]
        courses = {own} | {at for at in pipelines if (deal["deal_id"], at) in visits_of}
        own_visits = visits_of.get((deal["deal_id"], own), [])
        not_lost = [v["stage"] for v in own_visits if world.kind(own, v["stage"]) != "lost"]
        last_stage = not_lost[-1] if not_lost else deal["stage"]
        for (pipeline, stage), position in {**met, **listed}.items():
            if pipeline not in courses:
                continue
            mine = visits_of.get((deal["deal_id"], pipeline), [])
            entered = {visit["stage"] for visit in mine}
            later = {
                name
                for (other, name), row in world.stages.items()
                if other == pipeline
                and position is not None
                and row["position"] > position
                and row["kind"] in ("open", "won")
            }
            hours = [v["hours"] for v in mine if v["stage"] == stage and v["hours"] is not None]
            key = (
                deal["created_date"],
                pipeline,
                stage,
                position,
                deal["owner_user_id"] or NONE,
                deal["source"],
            )
            cell = cells.setdefault(
                key,
                {
                    **dict(zip(COLUMNS["rpt_funnel"], key, strict=False)),
                    "deals_entered": 0,
                    "deals_reached": 0,
                    "deals_now": 0,
                    "deals_lost_here": 0,
                    "hours_in_stage_sum": 0.0,
                    "hours_in_stage_count": 0,
                },
            )
            cell["deals_entered"] += stage in entered
            passed = bool(entered & later) or deal["is_won"]
            is_lost_stage = world.kind(pipeline, stage) == "lost"
            cell["deals_reached"] += stage in entered or (passed and not is_lost_stage)
            cell["deals_now"] += (pipeline, stage) == (own, deal["stage"])
            is_last = (pipeline, stage) == (own, last_stage)
            cell["deals_lost_here"] += deal["is_lost"] and is_last
            cell["hours_in_stage_sum"] += sum(hours)
            cell["hours_in_stage_count"] += len(hours)
    counts = ("deals_entered", "deals_reached", "deals_now", "deals_lost_here")
    return [
        cell
        for cell in cells.values()
        if any(cell[name] for name in (*counts, "hours_in_stage_count"))
    ]
