"""Random companies: everything that real exports do to the rules, small enough to read.

``random_company(seed)`` is a pure function of its seed. A company is its clocks, its
configuration and its files; ``write_drop`` and ``write_seeds`` put them on disk, ``Company.landed``
gives the same rows to the reference. Companies are valid on purpose where a run must fail
otherwise: panels name tags and stages that exist, every amount has a rate, no event
lies after its delivery day. Sessions, calls, enquiries and spend come from click_companies.py.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import duckdb
import xlsxwriter

from ingestion.contract import ENTITIES
from tests.reference.click_companies import click_drafts, click_seeds
from tests.reference.rules import Clocks, Text, instant, words

T = TypeVar("T")

VARIANTS = {
    "default": {"count_automation_contact": True, "max_contacts_per_identifier": 10},
    "strict": {
        "count_automation_contact": False,
        "max_contacts_per_identifier": 3,
        "lease_grace_minutes": 5,
        "lease_max_minutes": 60,
        "caller_history_days": 7,
        "target_call_seconds": 60,
        "tag_echo_hours": 5,
        "parallel_pipelines": True,
        "rate_max_age_days": 20,
        "small_cell": 2,
    },
}
"""Values of the dbt variables that decide a number; they are compiled into the SQL."""

SEED_COLUMNS = {
    "lead_routing_panels": words(
        """
        panel_id panel_name handed_from_user_id first_contact_tag pipeline cp1_stage cp2_stage
        final_stage is_active
        """
    ),
    "lead_routing_panel_sources": words("panel_id source_tag label priority"),
    "lead_routing_panel_sellers": words("panel_id user_id valid_from valid_to"),
    "identifier_blocklist": words("identifier reason"),
    "source_tags": words("tag source medium campaign"),
    "source_rules": words("priority utm_source utm_medium referrer_domain click_id source medium"),
    "channels": words("priority source medium channel demand_class is_paid"),
    "attribution_models": words(
        "model_id family lookback_days half_life_days first_weight last_weight"
    ),
    "ad_platforms": words("priority platform source medium click_id"),
    "empty_labels": words("label meaning in_campaigns"),
    "own_hosts": words("host kind"),
    "fixed_rates": words("currency rate valid_from valid_to"),
    "capacities": words("user_id role open_deals"),
    "risk_rules": words("rule threshold is_active"),
    "temperature_rules": words("measure value points"),
}
"""The seeds that a company may replace."""

WINDOWS = (
    datetime(2024, 3, 22, tzinfo=UTC),  # the clocks go forward
    datetime(2024, 10, 20, tzinfo=UTC),  # the clocks go back
    datetime(2023, 12, 22, tzinfo=UTC),  # a year and a quarter end
    datetime(2024, 2, 20, tzinfo=UTC),  # a leap day
)
ZONES = (
    "UTC",
    "Europe/Warsaw",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "America/St_Johns",
)
NUMBERS = {
    "PL": ("601234567", "225550101", "501000999", "126661234"),
    "DE": ("03012345678", "015112345678", "0891234567", "022112345"),
    "GB": ("02079460000", "07700900123", "01614960000"),
}
NO_PHONES = ("-", "brak", "4.86E+11", "4,86601E+10", "999999999", "+48", "00", "266696687")
"""What stands in a phone's place and identifies nobody."""

PREFIXES = {"PL": ("48", 0), "DE": ("49", 1), "GB": ("44", 1)}
USERS = ("u1", "u2", "u3", "u4", "admin", "front")
TAGS = ("e_book", "webinar", "fair", "ads", "called", "rozmowa wstępna", "vip")
TEMPERATURES: tuple[Text, ...] = (
    {"measure": "tag", "value": "vip", "points": "20"},
    {"measure": "tag", "value": "webinar", "points": "15"},
    {"measure": "tag", "value": "called", "points": "-5"},
    {"measure": "sessions", "value": "1", "points": "10"},
    {"measure": "sessions", "value": "3", "points": "15"},
)
CURRENCIES = ("EUR", "PLN", "USD", "CZK")
ACCOUNTS = ("a1", "a2", "a3", "a4")
OF_DAYS = (
    ("sessions", "session_id", "started_at"),
    ("calls", "call_id", "started_at"),
    ("enquiries", "enquiry_id", "occurred_at"),
    ("contacts", "contact_id", "created_at"),
    ("deals", "deal_id", "created_at"),
    ("payments", "payment_id", "paid_at"),
)
"""What exports know the day of, and not always the hour: entities, their keys and moments."""


@dataclass(frozen=True)
class File:
    """One file of one delivery; ``rows`` are in file order and hold only contract columns."""

    delivery: date
    name: str
    entity: str
    columns: tuple[str, ...]
    rows: tuple[Text, ...]
    delimiter: str = ","
    has_mark: bool = False
    has_odd_header: bool = False

    @property
    def first_row_number(self) -> int:
        return 2 if self.name.endswith((".csv", ".csv.gz", ".xlsx")) else 1


@dataclass(frozen=True)
class Company:
    """A whole company: clocks, configuration (text as in the seed files) and landed files."""

    seed: int
    clocks: Clocks
    variant: str
    seeds: dict[str, list[Text]]
    files: tuple[File, ...]

    def landed(self) -> dict[str, list[Text]]:
        """The rows as landing leaves them, for the reference."""
        tables: dict[str, list[Text]] = {name: [] for name in ENTITIES}
        for file in self.files:
            for number, row in enumerate(file.rows, start=file.first_row_number):
                tables[file.entity].append(
                    {
                        **{column: row.get(column) for column in file.columns},
                        "_delivery_date": file.delivery.isoformat(),
                        "_source_file": file.name,
                        "_row_number": str(number),
                    }
                )
        return tables

    def environment(self) -> dict[str, str]:
        """The settings as environment variables (without folders)."""
        known_at = self.clocks.as_known_at
        return {
            "LEADHOUSE_TIMEZONE": self.clocks.timezone,
            "LEADHOUSE_SOURCE_TIMEZONE": self.clocks.source_timezone,
            "LEADHOUSE_CURRENCY": self.clocks.currency,
            "LEADHOUSE_PHONE_REGION": self.clocks.phone_region,
            "LEADHOUSE_AS_OF": self.clocks.as_of.isoformat(),
            "LEADHOUSE_AS_KNOWN_AT": known_at.isoformat() if known_at else "",
            "LEADHOUSE_PII_KEY": "the key of the random companies",
        }


def write_drop(files: Sequence[File], drop: Path) -> None:
    """Write files into a drop folder."""
    for file in files:
        path = drop / file.delivery.isoformat() / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.name.endswith(".xlsx"):
            _write_workbook(file, path)
        elif file.name.endswith(".parquet"):
            _write_parquet(file, path)
        elif file.name.endswith(".jsonl"):
            path.write_text(_json_lines(file), encoding="utf-8")
        elif file.name.endswith(".csv.gz"):
            path.write_bytes(gzip.compress(_csv(file), mtime=0))
        else:
            path.write_bytes(_csv(file))


def write_seeds(company: Company, folder: Path) -> None:
    """Write the seeds that the company replaces as ``<seed>.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in company.seeds.items():
        columns = SEED_COLUMNS[name]
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([row[c] or "" for c in columns] for row in rows)


def _csv(file: File) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=file.delimiter, lineterminator="\n")
    header = [f" {c.upper()} " if file.has_odd_header else c for c in file.columns]
    writer.writerow(header)
    writer.writerows([row.get(c) or "" for c in file.columns] for row in file.rows)
    return text.getvalue().encode("utf-8-sig" if file.has_mark else "utf-8")


def _json_lines(file: File) -> str:
    lines = []
    for row in file.rows:
        values = {c: row.get(c) for c in file.columns}
        if file.has_odd_header:
            values = {c: value for c, value in values.items() if value is not None}
        lines.append(json.dumps(values, ensure_ascii=False) + "\n")
    return "".join(lines)


def _write_parquet(file: File, path: Path) -> None:
    with duckdb.connect() as connection:
        columns = ", ".join(f'"{c}" varchar' for c in file.columns)
        connection.execute(f"create table landed ({columns})")
        if file.rows:
            marks = ", ".join("?" for _ in file.columns)
            connection.executemany(
                f"insert into landed values ({marks})",
                [[row.get(c) for c in file.columns] for row in file.rows],
            )
        connection.execute(f"copy landed to '{path}' (format parquet)")


def _write_workbook(file: File, path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet(file.entity)
        sheet.write_row(0, 0, file.columns)
        for number, row in enumerate(file.rows, start=1):
            for index, column in enumerate(file.columns):
                if row.get(column) is not None:
                    sheet.write_string(number, index, row[column])


@dataclass
class Draft:
    """A row on its way into a file.

    ``not_before`` is the earliest delivery that may hold it; ``is_first`` pins it to the company's
    first delivery, ``only`` to the one of that day.
    """

    row: Text
    not_before: date | None = None
    is_first: bool = False
    only: date | None = None


@dataclass
class Maker:
    """Makes the values of a company: its instants, phones, e-mails and amounts."""

    rng: random.Random
    start: datetime = field(init=False)
    end: datetime = field(init=False)
    busy: list[datetime] = field(init=False)
    source_timezone: str = field(init=False)

    def __post_init__(self) -> None:
        rng = self.rng
        self.start = rng.choice(WINDOWS)
        self.end = self.start + timedelta(days=rng.randint(6, 20))
        self.source_timezone = rng.choice(ZONES)
        self.busy = [self._any_instant() for _ in range(rng.randint(3, 8))]

    def by(self, chance: str) -> Maker:
        """The same weeks by a chance of its own: what it makes changes nothing else."""
        other = copy(self)
        other.rng = random.Random(chance)
        return other

    def maybe(self, share: float) -> bool:
        return self.rng.random() < share

    def one(self, values: Sequence[T], empty: float = 0.0) -> T | None:
        return None if self.maybe(empty) else self.rng.choice(values)

    def _any_instant(self) -> datetime:
        seconds = int((self.end - self.start).total_seconds())
        moment = self.start + timedelta(seconds=self.rng.randrange(seconds))
        if self.maybe(0.2):
            moment = moment.replace(minute=0, second=0)
        if self.maybe(0.1):
            moment += timedelta(microseconds=self.rng.randrange(1_000_000))
        if self.maybe(0.1):
            midnight = datetime.combine(moment.date(), time.min)
            return midnight.replace(tzinfo=ZoneInfo(self.rng.choice(ZONES))).astimezone(UTC)
        return moment

    def moment(self, earliest: datetime | None = None) -> datetime:
        """An instant of the company's weeks, often one that others share."""
        chosen = self.rng.choice(self.busy) if self.maybe(0.4) else self._any_instant()
        if earliest is not None and chosen < earliest and self.maybe(0.8):
            return earliest + timedelta(seconds=self.rng.randrange(0, 400_000, 450))
        return min(chosen, self.end + timedelta(days=3))

    def written(self, moment: datetime) -> str:
        """One of the many writings of an instant."""
        style = self.rng.randrange(6)
        if style == 0:
            local = moment.astimezone(ZoneInfo(self.source_timezone))
            if local.fold == 0:
                return local.replace(tzinfo=None).isoformat(sep=self.rng.choice(" T"))
        if style == 1:
            zone = self.rng.choice(ZONES)
            text = moment.astimezone(ZoneInfo(zone)).isoformat(sep=self.rng.choice(" T"))
            return text if self.maybe(0.7) else text[:-3] + text[-2:]
        return moment.astimezone(UTC).isoformat().replace("+00:00", self.rng.choice(("Z", "+00")))

    def event_time(self, earliest: datetime | None = None) -> tuple[str, date]:
        """The text of an event's time and the first day that may deliver it."""
        if self.maybe(0.06):
            day = self.start.date() + timedelta(days=self.rng.randrange(1, 12))
            wall = time(self.rng.choice((0, 1, 2, 3, 23)), self.rng.choice((0, 15, 30, 59)))
            text = f"{day} {wall:%H:%M:%S}" if self.maybe(0.7) else f"{day}"
            return text, day + timedelta(days=1)
        moment = self.moment(earliest)
        return self.written(moment), moment.date()

    def email(self, name: str) -> str:
        text = f"{name}@Firma.example"
        return self.rng.choice(
            (
                text,
                text.upper(),
                f" {text.lower()} ",
                text.lower(),
                f"Żaneta N. <{text}>",
                f"mailto:{text}",
                f"{text}; {name}.2@firma.example",
            )
        )

    def phone(self, region: str, national: str) -> str:
        code, trunk = PREFIXES[region]
        rest = national[trunk:]
        spaced = f"{rest[:3]} {rest[3:6]}-{rest[6:]}"
        return self.rng.choice(
            (
                f"+{code}{rest}",
                f"+{code} {spaced}",
                f"00{code} {spaced}",
                f"{code}{rest}",
                f"+{code}.{rest[:4]}/{rest[4:]}",
                f"+{code} (0) {spaced}",
                f"tel: +{code}{rest} ext. 12",
            )
        )

    def home_phone(self, region: str, national: str) -> str:
        spaced = f"({national[:3]}) {national[3:6]} {national[6:]}"
        home = self.rng.choice((national, spaced, f"{national[:3]}/{national[3:]}"))
        return home if self.maybe(0.5) else self.phone(region, national)

    def amount(self) -> str:
        return self.rng.choice(
            (
                "0",
                "100",
                "100.00",
                "-250.50",
                "10.005",
                "0.125",
                "1e3",
                "+99.9",
                ".5",
                "1234567.89",
                str(self.rng.randrange(1, 100_000) / 100),
                "5000",
                "5000",
            )
        )


def random_company(seed: int) -> Company:
    """The company of a seed."""
    rng = random.Random(seed)
    make = Maker(rng)
    deliveries = _delivery_days(make)
    region = make.one(("PL", "PL", "DE", "GB"))
    timezone = make.source_timezone if make.maybe(0.5) else make.one(ZONES)
    currency = make.one(("EUR", "EUR", "PLN", "USD"))

    has_tags, has_pipelines = not make.maybe(0.04), not make.maybe(0.04)
    recorded = _contact_ids(make)
    ghosts = [f"ghost{n}" for n in range(make.one((0, 0, 1, 3)))]
    ids = recorded + ghosts
    pipelines = _pipelines(make)
    seeds, panel_tags = _configuration(make, pipelines, region)
    as_of = _as_of(make)

    drafts: dict[str, list[Draft]] = {name: [] for name in ENTITIES}
    if make.maybe(0.95):
        drafts["users"] = _users(make)
    drafts["contacts"] = _contacts(make, recorded, region)
    drafts["contact_merges"] = _merges(make, ids)
    if has_tags:
        drafts["contact_tags"] = _tags(make, ids, panel_tags)
    drafts["contact_owners"] = _owners(make, ids)
    drafts["contact_stages"] = _contact_stages(make, ids, pipelines)
    if has_pipelines:
        drafts["pipeline_stages"] = _pipeline_rows(make, pipelines)
    deal_ids = [f"d{n:02d}" for n in range(make.one((0, 1, 5, 15, 30)))]
    drafts["deals"] = _deals(make, deal_ids, ids, pipelines)
    drafts["deal_contacts"] = _deal_contacts(make, deal_ids, ids)
    drafts["deal_stages"] = _deal_stages(make, deal_ids, pipelines)
    drafts["payments"] = _payments(make, deal_ids)
    drafts["fx_rates"] = _rates(make, currency)

    known_at = None
    if make.maybe(0.3):
        known_at = rng.choice(deliveries)
    elif make.maybe(0.03):
        known_at = deliveries[0] - timedelta(days=1)
    variant = "strict" if make.maybe(0.35) else "default"
    clocks = Clocks(
        as_of=as_of,
        as_known_at=known_at,
        timezone=timezone,
        source_timezone=make.source_timezone,
        currency=currency,
        phone_region=region,
        **VARIANTS[variant],
    )
    _seller_days(make.by(f"sellers of {seed}"), seeds["lead_routing_panel_sellers"])
    merges = drafts["contact_merges"]
    merges += _closing_merges(make.by(f"loops of {seed}"), merges)
    seeds["fixed_rates"] = _more_of_deals(make.by(f"deals of {seed}"), drafts)
    _created_on_days(make.by(f"days of {seed}"), drafts["deals"])
    clicks = make.by(f"clicks of {seed}")
    seeds |= click_seeds(clicks, TAGS)
    seeds["temperature_rules"] = [dict(rule) for rule in TEMPERATURES]
    contacts, deals = ([draft.row for draft in drafts[name]] for name in ("contacts", "deals"))
    for entity, row, not_before, only in click_drafts(
        clicks, clocks, contacts, deals, ids, deliveries
    ):
        drafts[entity].append(Draft(row, not_before=not_before, only=only))
    details = copy(make)
    details.rng = random.Random(f"details of {seed}")
    drafts["accounts"] = _accounts(details)
    _detail(details, drafts)
    _legs(make.by(f"legs of {seed}"), drafts["calls"], deliveries[-1])
    _births(make.by(f"births of {seed}"), drafts["contacts"])
    files = [
        file
        for entity, rows in drafts.items()
        for file in files_of(make.by(f"{entity} of {seed}"), entity, rows, deliveries)
    ]
    rng.shuffle(files)
    return Company(seed, clocks, variant, seeds, tuple(files))


def _delivery_days(make: Maker) -> list[date]:
    first = make.start.date() + timedelta(days=2)
    last = make.end.date() + timedelta(days=5)
    between = [first + timedelta(days=n) for n in range(1, (last - first).days)]
    middle = make.rng.sample(between, make.rng.randint(0, min(3, len(between))))
    return sorted([*([] if make.maybe(0.2) else [first, *middle]), last])


def _as_of(make: Maker) -> datetime:
    if make.maybe(0.35):
        moment = make.rng.choice(make.busy) if make.maybe(0.4) else make.moment()
        return max(moment, make.start + timedelta(days=2))
    return make.end + timedelta(days=make.rng.randint(5, 30))


def _contact_ids(make: Maker) -> list[str]:
    count = make.one((0, 1, 3, 8, 15, 25, 40, 60))
    style: Callable[[int], str] = make.one(
        (
            lambda n: f"c{n:03d}",
            lambda n: f"{n:05d}",
            lambda n: str(8_446_744_073_709_551_000 + n),
            lambda n: f"c{n}",
        )
    )
    return [style(n) for n in range(count)]


def _pipelines(make: Maker) -> dict[str, list[tuple[str, int, str]]]:
    pipelines = {}
    for name in ("sales", "service")[: make.one((1, 2, 2))]:
        stages, position = [], make.one((-1, 0, 10))
        for stage in ("nowy", "spotkanie", "umowa", "negocjacje")[: make.rng.randint(2, 4)]:
            stages.append((stage, position, "open"))
            position += make.one((1, 1, 5))
        stages.append(("podpisana", position, make.one(("won", "won", "open"))))
        if make.maybe(0.4):
            stages.append(("obok", stages[-2][1], "open"))
        stages.append(("stracona", position + make.one((0, 1, -1)), "lost"))
        if make.maybe(0.3):
            stages.append(("za drogo", stages[-1][1], "lost"))
        pipelines[name] = stages
    return pipelines


def _pipeline_rows(make: Maker, pipelines: dict[str, list[tuple[str, int, str]]]) -> list[Draft]:
    drafts = []
    for pipeline, stages in pipelines.items():
        for stage, position, kind in stages:
            row = {"pipeline": pipeline, "stage": stage, "kind": kind, "probability": "0.5"}
            drafts.append(Draft({**row, "position": str(position)}, is_first=True))
            if kind == "lost" and make.maybe(0.2):
                drafts.append(Draft({**row, "position": str(position + 3)}))
    return drafts


def _configuration(
    make: Maker, pipelines: dict[str, list[tuple[str, int, str]]], region: str
) -> tuple[dict[str, list[Text]], set[str]]:
    seeds: dict[str, list[Text]] = {name: [] for name in SEED_COLUMNS}
    used: set[str] = set()
    for number in range(make.one((0, 1, 2, 2, 3, 3))):
        panel_id = f"p{number}"
        pipeline = make.one(tuple(pipelines))
        main = [s for s, _, kind in pipelines[pipeline] if kind != "lost" and s != "obok"]
        cp1, cp2, final = sorted(make.rng.sample(range(len(main)), 3))
        first_tag = make.one(("called", "called", "rozmowa wstępna"))
        sources = make.rng.sample([t for t in TAGS if t != first_tag], make.rng.randint(1, 3))
        handed_from = make.one(("admin", "admin", "front"))
        seeds["lead_routing_panels"].append(
            {
                "panel_id": panel_id,
                "panel_name": f"Panel {number}",
                "handed_from_user_id": handed_from,
                "first_contact_tag": first_tag,
                "pipeline": pipeline,
                "cp1_stage": main[cp1],
                "cp2_stage": main[cp2],
                "final_stage": main[final],
                "is_active": make.one(("true", "true", "TRUE", "1", "yes", "true", "no")),
            }
        )
        for tag in sources:
            seeds["lead_routing_panel_sources"].append(
                {
                    "panel_id": panel_id,
                    "source_tag": tag,
                    "label": f"Label {tag}",
                    "priority": str(make.rng.randint(1, 2)),
                }
            )
        if make.maybe(0.6):
            others = [user for user in USERS if user != handed_from]
            for user in make.rng.sample(others, make.rng.randint(1, 3)):
                seller = {"panel_id": panel_id, "user_id": user}
                seeds["lead_routing_panel_sellers"].append(seller)
        used |= {first_tag, *sources}
    if make.maybe(0.3):
        blocked = make.one(
            (make.email("info"), make.email("n0"), make.home_phone(region, NUMBERS[region][0]))
        )
        seeds["identifier_blocklist"].append({"identifier": blocked, "reason": "shared"})
    return seeds, used


def _seller_days(make: Maker, sellers: list[Text]) -> None:
    """Some sellers come, leave, or leave and come back."""
    for row in list(sellers):
        change = make.start.date() + timedelta(days=make.rng.randrange(1, 12))
        row["valid_from"] = str(change) if make.maybe(0.2) else None
        row["valid_to"] = None
        if row["valid_from"] is None and make.maybe(0.3):
            row["valid_to"] = str(change)
            if make.maybe(0.5):
                back = change + timedelta(days=make.rng.randrange(1, 5))
                sellers.append({**row, "valid_from": str(back), "valid_to": None})


def _users(make: Maker) -> list[Draft]:
    drafts = []
    for user in USERS:
        row = {"user_id": user, "name": f"Name {user}", "is_active": make.one(("true", "0", None))}
        drafts.append(Draft(row, is_first=True))
        if make.maybe(0.2):
            drafts.append(Draft({**row, "name": f"New name {user}"}))
    return drafts


def _contacts(make: Maker, ids: list[str], region: str) -> list[Draft]:
    names = [f"n{n}" for n in range(len(ids) // 2 + 1)]
    numbers = list(NUMBERS[region])
    foreign = [(other, number) for other in NUMBERS if other != region for number in NUMBERS[other]]
    busy_share = make.one((0.0, 0.05, 0.3))
    drafts = []
    for contact_id in ids:
        created = make.moment()
        row: Text = {
            "contact_id": contact_id,
            "created_at": str(created.date()) if make.maybe(0.1) else make.written(created),
            "first_name": "Żaneta",
            "country": make.one(("PL", "DE"), 0.3),
            "region": make.one(("Śląsk", "Mazowsze"), 0.5),
            "city": make.one(("Kraków", "Łódź, Górna", 'Nowy "Sącz"'), 0.4),
            "gender": make.one(("f", "m"), 0.5),
        }
        for version in range(make.one((1, 1, 1, 2, 3))):
            email = "info" if make.maybe(busy_share) else make.one(names, 0.4)
            if make.maybe(busy_share):
                phone = make.home_phone(region, numbers[0])
            elif make.maybe(0.1):
                phone = make.phone(*make.one(foreign))
            else:
                tail = make.rng.randrange(len(ids))
                number = make.one(numbers)
                phone = make.home_phone(region, f"{number[:-2]}{tail:02d}")
                if make.maybe(0.15):
                    sign = make.one((" / ", ", ", ";", "\n"))
                    phone = f"{phone}{sign}{make.home_phone(region, make.one(numbers))}"
                phone = make.one((phone,), 0.5) or make.one((None, *NO_PHONES))
            row = {
                **row,
                "email": (email and make.email(email)) or make.one((None, "n/a", "-", "@")),
                "phone": phone,
                "owner_user_id": make.one(USERS, 0.3),
                "is_deleted": make.one(("true", "1", "false", None, None, None, None)),
                "updated_at": make.written(created + timedelta(days=version)),
            }
            if make.maybe(0.03):
                row["created_at"] = make.written(make.moment())
            drafts.append(Draft(row))
    return drafts


def _merges(make: Maker, ids: list[str]) -> list[Draft]:
    order = make.rng.sample(ids, len(ids))
    drafts = []
    share = make.one((0.0, 0.1, 0.3))
    for index, merged in enumerate(order[:-1]):
        if not make.maybe(share):
            continue
        for _ in range(make.one((1, 1, 1, 2))):
            nearby = order[index + 1 : index + 4]
            row = {
                "merged_contact_id": merged,
                # Now and then back again, or into itself.
                "surviving_contact_id": make.one(order if make.maybe(0.1) else nearby),
                "merged_at": make.written(make.moment()),
            }
            drafts.append(Draft(row))
    return drafts


def _closing_merges(make: Maker, drafts: list[Draft]) -> list[Draft]:
    """Merges that close a loop: whoever another was merged into is merged into that one."""
    merged = {draft.row["merged_contact_id"] for draft in drafts}
    ends = [draft for draft in drafts if draft.row["surviving_contact_id"] not in merged]
    return [
        Draft(
            {
                "merged_contact_id": draft.row["surviving_contact_id"],
                "surviving_contact_id": draft.row["merged_contact_id"],
                "merged_at": make.written(make.moment()),
            }
        )
        for draft in ends
        if make.maybe(0.1)
    ]


def _card_contacts(make: Maker, ids: list[str]) -> str | None:
    """The contact of a deal's card, which may name several."""
    if not ids or make.maybe(0.2):
        return None
    named = make.rng.sample(ids, min(len(ids), make.one((1, 1, 1, 1, 2, 3))))
    return make.one((";", "; ", " | ")).join(named)


def _tags(make: Maker, ids: list[str], panel_tags: set[str]) -> list[Draft]:
    drafts = []
    early = make.start + timedelta(hours=20)
    for tag in sorted(panel_tags):
        contact_id = make.one(ids) if ids else "ghost"
        row = {"contact_id": contact_id, "tag": tag, "occurred_at": make.written(early)}
        drafts.append(Draft(row, is_first=True))
    for contact_id in ids:
        for _ in range(make.one((0, 1, 2, 3, 5, 8))):
            text, day = make.event_time()
            row: Text = {
                "contact_id": contact_id,
                "tag": make.one(TAGS),
                "occurred_at": text,
                "action": make.one(("add", "add", None, "remove")),
                "actor_user_id": make.one(USERS, 0.5),
                "actor_type": make.one(("user", "automation", None)),
            }
            drafts.append(Draft(row, day))
            if make.maybe(0.1):
                twin = {**row, "actor_user_id": make.one(USERS)}
                if make.maybe(0.3):
                    twin["actor_type"] = make.one(("user", "automation", None))
                drafts.append(Draft(twin, day))
    return drafts


def _owners(make: Maker, ids: list[str]) -> list[Draft]:
    drafts = []
    strangers = make.one(((), (), ("u_left",)))
    for contact_id in ids:
        owner = make.one(("admin", "front", None, "u1"))
        for _ in range(make.one((0, 1, 1, 2, 3, 5))):
            text, day = make.event_time()
            new = make.one((*USERS, "admin", *strangers))
            row: Text = {
                "contact_id": contact_id,
                "from_user_id": owner if make.maybe(0.8) else make.one((*USERS, None)),
                "to_user_id": new,
                "occurred_at": text,
            }
            drafts.append(Draft(row, day))
            if make.maybe(0.1):
                drafts.append(Draft({**row, "from_user_id": make.one(USERS)}, day))
            owner = new if make.maybe(0.7) else "admin"
    return drafts


def _accounts(make: Maker) -> list[Draft]:
    drafts = []
    for account_id in ACCOUNTS[: make.one((0, 2, len(ACCOUNTS) - 1))]:
        created = make.moment()
        row: Text = {
            "account_id": account_id,
            "name": f"Firma {account_id}",
            "domain": make.one(("firma.example",), 0.5),
            "industry": make.one(("okna",), 0.5),
            "size": make.one(("11-50",), 0.5),
            "country": make.one(("PL",), 0.5),
            "region": make.one(("Mazowsze",), 0.5),
            "owner_user_id": make.one((*USERS, "u_left"), 0.3),
            "created_at": make.one((make.written(created),), 0.3),
            "updated_at": make.one((make.written(created),), 0.5),
        }
        drafts.append(Draft(row))
        if make.maybe(0.3):
            drafts.append(Draft({**row, "name": f"Nowa {account_id}"}))
    return drafts


def _detail(make: Maker, drafts: dict[str, list[Draft]]) -> None:
    """Give rows that are made already what stands beside the rules on whose edges they lie."""
    internal_share, owner_share = make.one((0.0, 0.1)), make.one((0.0, 0.1))
    for entity in ("contacts", "deals"):
        for draft in drafts[entity]:
            draft.row["account_id"] = make.one(ACCOUNTS, 0.6)
    for draft in drafts["contact_owners"]:
        other = make.one(("assistant", "Second"))
        draft.row["role"] = other if make.maybe(owner_share) else make.one(("main", "Main", None))
    for draft in drafts["calls"]:
        draft.row["vendor_status"] = make.one(("NO_ANSWER", "ok"), 0.6)
        draft.row["tags"] = make.one(("vip;urgent",), 0.8)
        draft.row["deal_id"] = make.one(("d00", "d01", "d99"), 0.8)
        draft.row["is_internal"] = "yes" if make.maybe(internal_share) else make.one(("0", None))
    for draft in drafts["enquiries"]:
        draft.row["topic"] = make.one(("prices",), 0.8)
        draft.row["deal_id"] = make.one(("d00", "d99"), 0.8)
        draft.row["content"] = make.one(("banner",), 0.7)
        draft.row["term"] = make.one(("okna",), 0.7)
    for entity, key, at in OF_DAYS:
        # Rows of one call whose starts differ would be its legs.
        ids = sorted({draft.row[key] or "" for draft in drafts[entity]})
        of_a_day = {id_ for id_ in ids if make.maybe(0.03)}
        for draft in drafts[entity]:
            moment = instant(draft.row[at], make.source_timezone)
            if moment is not None and draft.row[key] in of_a_day:
                draft.row[at] = str(moment.astimezone(ZoneInfo(make.source_timezone)).date())
    for draft in drafts["contacts"]:
        draft.row["company"] = make.one(("Okna i Drzwi", "Dom"), 0.5)
        draft.row["region"] = make.one(("Mazowsze", "Śląsk"), 0.5)


def _births(make: Maker, contacts: list[Draft]) -> None:
    """How old contacts are, if anybody asked them; on the edges of the bands too."""
    share = make.one((0.0, 0.3, 1.0))
    for draft in contacts:
        day = make.end.date() + timedelta(days=make.one((-1, 0, 1, 40)))
        born = day.replace(year=day.year - make.one((17, 18, 18, 65, 65)), day=min(day.day, 28))
        draft.row["birth_date"] = str(born) if make.maybe(share) else None


def _legs(make: Maker, calls: list[Draft], day: date) -> None:
    """Further rows of some calls, as they were passed on, mostly in the file of the first."""
    for draft in list(calls):
        started = instant(draft.row["started_at"], make.source_timezone)
        if len(draft.row["started_at"] or "") == 10 or not make.maybe(0.06):
            continue
        draft.only = day
        for _ in range(make.one((1, 1, 2))):
            at = started + timedelta(seconds=make.rng.randrange(-300, 300))
            row: Text = {
                **draft.row,
                "started_at": make.one((make.written(at), draft.row["started_at"])),
                "user_id": make.one(("u1", "u2"), 0.2),
                "status": make.one(("answered", "missed", "busy")),
                "wait_seconds": make.one(("0", "20"), 0.2),
                "talk_seconds": make.one(("0", "45"), 0.2),
            }
            calls.append(Draft(row, only=day))


def _contact_stages(
    make: Maker, ids: list[str], pipelines: dict[str, list[tuple[str, int, str]]]
) -> list[Draft]:
    drafts = []
    for contact_id in ids:
        for _ in range(make.one((0, 1, 2, 4, 6))):
            text, day = make.event_time()
            pipeline = make.one(tuple(pipelines))
            stages = [*(stage for stage, _, _ in pipelines[pipeline]), *(["?"] * make.maybe(0.05))]
            row: Text = {
                "contact_id": contact_id,
                "pipeline": "elsewhere" if make.maybe(0.03) else pipeline,
                "stage": make.one(stages),
                "occurred_at": text,
                "actor_user_id": make.one(USERS, 0.5),
            }
            drafts.append(Draft(row, day))
            if make.maybe(0.05):
                drafts.append(Draft(dict(row), day))
    return drafts


def _deals(
    make: Maker,
    deal_ids: list[str],
    ids: list[str],
    pipelines: dict[str, list[tuple[str, int, str]]],
) -> list[Draft]:
    drafts = []
    for deal_id in deal_ids:
        created = make.moment()
        pipeline = make.one(tuple(pipelines))
        stages = [stage for stage, _, _ in pipelines[pipeline]]
        row: Text = {
            "deal_id": deal_id,
            "created_at": make.written(created),
            "title": "Umowa, część 1\ndruga linia" if make.maybe(0.1) else "Umowa",
            "contact_id": _card_contacts(make, ids),
            "pipeline": "elsewhere" if make.maybe(0.04) else pipeline,
            "product": make.one(("A", "B"), 0.4),
            "competitor": make.one(("Rywal",), 0.7),
            "source": make.one(("google", "fb"), 0.4),
            "medium": make.one(("cpc",), 0.5),
            "campaign": make.one(("lato",), 0.7),
            "creation_method": make.one(("crm", "api", "manual", "excel"), 0.5),
        }
        updated = created
        for _ in range(make.one((1, 1, 2, 3))):
            closed = make.one(
                (
                    created + timedelta(hours=make.rng.randrange(0, 400)),
                    created + timedelta(hours=make.rng.randrange(0, 400)),
                    created,
                    created - timedelta(hours=make.rng.randrange(1, 100)),
                    make.end + timedelta(days=make.rng.randrange(5, 40)),
                    make.moment(created),
                ),
                0.3,
            )
            row = {
                **row,
                "updated_at": make.written(updated) if make.maybe(0.8) else None,
                "stage": make.one((*stages, "?" if make.maybe(0.05) else stages[0]), 0.1),
                "owner_user_id": make.one(USERS, 0.15),
                "status": make.one(("open", "won", "won", "lost", "lost", "deleted")),
                "closed_at": closed and make.written(closed),
                "amount": None if make.maybe(0.2) else make.amount(),
                "currency": make.one(CURRENCIES, 0.1),
                "margin": None if make.maybe(0.6) else make.amount(),
                "lost_reason": make.one(("cena",), 0.8),
            }
            drafts.append(Draft(row))
            updated += timedelta(hours=make.rng.choice((0, 5, 30, 100)))
    return drafts


def _deal_contacts(make: Maker, deal_ids: list[str], ids: list[str]) -> list[Draft]:
    if not ids or make.maybe(0.3):
        return []
    drafts = []
    for deal_id in deal_ids:
        for _ in range(make.one((0, 1, 2, 3))):
            row = {
                "deal_id": deal_id,
                "contact_id": make.one(ids),
                "is_primary": make.one(("true", "YES", "false", None)),
            }
            drafts.append(Draft(row))
    return drafts


def _deal_stages(
    make: Maker, deal_ids: list[str], pipelines: dict[str, list[tuple[str, int, str]]]
) -> list[Draft]:
    drafts = []
    for deal_id in [*deal_ids, "deal without record"]:
        for _ in range(make.one((0, 1, 3, 5, 8))):
            text, day = make.event_time()
            pipeline = make.one(tuple(pipelines))
            stages = [*(stage for stage, _, _ in pipelines[pipeline]), *(["?"] * make.maybe(0.05))]
            row: Text = {
                "deal_id": deal_id,
                "pipeline": pipeline,
                "stage": make.one(stages),
                "occurred_at": text,
            }
            drafts.append(Draft(row, day))
            if make.maybe(0.05):
                drafts.append(Draft({**row, "pipeline": make.one(tuple(pipelines))}, day))
    return drafts


def _created_on_days(make: Maker, deals: list[Draft]) -> None:
    """Some CRMs know the day of a deal only."""
    if make.maybe(0.3):
        for draft in deals:
            created_at = draft.row["created_at"]
            if created_at and make.maybe(0.5):
                draft.row["created_at"] = created_at[:10]


def _more_of_deals(make: Maker, drafts: dict[str, list[Draft]]) -> list[Text]:
    """Teams that change, moves by somebody, and what exports leave out; gives the fixed rates."""
    for draft in list(drafts["users"]):
        versions = [draft.row]
        if make.maybe(0.3):
            versions.append(dict(draft.row))
            drafts["users"].append(Draft(versions[-1]))
        for row in versions:
            row["team"] = make.one(("North", "South"), 0.1)
            row["role"] = make.one(("manager",), 0.5)
            row["updated_at"] = make.written(make.moment()) if make.maybe(0.4) else None
    for draft in drafts["deal_stages"]:
        draft.row["actor_user_id"] = make.one((*USERS, "nobody known"), 0.5)
    for draft in drafts["deals"]:
        closed_at = draft.row["closed_at"]
        if closed_at and make.maybe(0.25):
            draft.row["closed_at"] = closed_at[:10]
        if make.maybe(0.15):
            draft.row["status"] = None
        if make.maybe(0.3):
            draft.row["source"] = make.one(("DIRECT", "(unknown)", None))
    currencies = sorted({draft.row["currency"] for draft in drafts["fx_rates"]})
    currency = make.one(currencies, 0.5) if currencies else None
    if currency is None:
        return []
    drafts["fx_rates"] = [
        draft
        for draft in drafts["fx_rates"]
        if draft.row["currency"] != currency or make.maybe(0.2)
    ]
    last = make.start.date() + timedelta(days=make.rng.randrange(20))
    return [
        {"currency": currency, "rate": "0.25", "valid_from": None, "valid_to": str(last)},
        {
            "currency": currency,
            "rate": "1.123456789012",
            "valid_from": str(last + timedelta(days=1)),
            "valid_to": None,
        },
    ]


def _payments(make: Maker, deal_ids: list[str]) -> list[Draft]:
    if not deal_ids or make.maybe(0.4):
        return []
    drafts = []
    for number in range(make.one((1, 4, 20))):
        row = {
            "payment_id": f"pay{number}",
            "deal_id": make.one((*deal_ids, "deal without record")),
            "paid_at": make.written(make.moment()),
            "amount": make.amount(),
            "currency": make.one(CURRENCIES),
        }
        drafts.append(Draft(row))
        if make.maybe(0.15):
            drafts.append(Draft({**row, "amount": make.amount()}))
    return drafts


def _rates(make: Maker, reporting_currency: str) -> list[Draft]:
    drafts = []
    for currency in CURRENCIES:
        if currency == reporting_currency:
            if make.maybe(0.1):
                row = {"date": str(make.start.date()), "currency": currency, "rate": "1.5"}
                drafts.append(Draft(row))
            continue
        day = make.start.date() - timedelta(days=20)
        while day <= make.end.date() + timedelta(days=60):
            row = {
                "date": str(day),
                "currency": currency,
                "rate": f"{make.rng.uniform(0.05, 5):.{make.rng.randint(1, 10)}f}",
            }
            if float(row["rate"]) == 0:
                row["rate"] = "0.5"
            drafts.append(Draft(row, is_first=True))
            if make.maybe(0.1):
                drafts.append(Draft({**row, "rate": "2.25"}))
            day += timedelta(days=make.rng.randint(1, 8))
    return drafts


def files_of(make: Maker, entity: str, drafts: list[Draft], deliveries: list[date]) -> list[File]:
    """The rows of an entity as files of some of the deliveries."""
    rng = make.rng
    columns = [column.name for column in ENTITIES[entity].columns]
    required = {column.name for column in ENTITIES[entity].columns if column.required}
    if not drafts:
        if not make.maybe(0.15):
            return []
        return [File(rng.choice(deliveries), f"{entity}.csv", entity, tuple(columns), ())]
    by_delivery: dict[date, list[Text]] = {}
    for draft in drafts:
        open_days = [
            day for day in deliveries if draft.not_before is None or day >= draft.not_before
        ]
        day = deliveries[0] if draft.is_first else rng.choice(open_days or [deliveries[-1]])
        day = draft.only or day
        by_delivery.setdefault(day, []).append(draft.row)
        if not draft.is_first and make.maybe(0.03):
            by_delivery.setdefault(deliveries[-1], []).append(draft.row)
    files = []
    for day, rows in by_delivery.items():
        rng.shuffle(rows)
        cut = rng.randrange(len(rows) + 1) if make.maybe(0.25) else len(rows)
        names = rng.sample(("", "-part1", "_2", ".b", "-A"), 2)
        for suffix, part in zip(names, (rows[:cut], rows[cut:]), strict=True):
            if not part and make.maybe(0.9):
                continue
            ending = rng.choices(("csv", "csv.gz", "jsonl", "parquet", "xlsx"), (70, 8, 14, 4, 4))
            if not part:
                ending = ["csv"]
            used = [c for c in columns if c in required or any(row.get(c) for row in part)]
            if make.maybe(0.3):
                used = columns
            files.append(
                File(
                    delivery=day,
                    name=f"{entity}{suffix}.{ending[0]}",
                    entity=entity,
                    columns=tuple(rng.sample(used, len(used))),
                    rows=tuple(part),
                    delimiter=rng.choice(",,;\t"),
                    has_mark=make.maybe(0.2),
                    has_odd_header=make.maybe(0.15),
                )
            )
    return files
