"""Write a believable company into a drop folder: every entity of the contract, a year of history.

Everything is a pure function of (seed, row number): a hash stands for the dice, so that a row never
depends on the order in which rows are made, and the same seed gives the same bytes. Contacts form
blocks, so that journeys need no join: contact b owns sessions 25 b to 25 b + 24 and calls 10 b to
10 b + 9. DuckDB streams each file with one thread, which keeps its bytes stable; two files are
written at a time.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb
import xlsxwriter

from ingestion.contract import ENTITIES
from leadhouse.database import connect
from leadhouse.demo import company, people
from leadhouse.demo.golden import BAD_ROWS, GOLDEN_ROWS, Row
from leadhouse.errors import LeadhouseError

SCALES: dict[str, int] = {"S": 1_000, "M": 200_000, "L": 2_000_000}
"""Contacts of each scale; everything else grows with them."""

_DAY = 86_400
_START = int(datetime.combine(company.FIRST_DAY, time.min, UTC).timestamp())
_END = int(datetime.combine(company.LAST_DAY, time.min, UTC).timestamp()) + _DAY
_DAYS = (_END - _START) // _DAY
_SUMMER = (1_774_746_000, 1_792_890_000)  # Warsaw's summer time of 2026, in seconds of UTC
_ANONYMOUS_SLOTS = "abbcdeeefghhijjjkklmnopqq"
_CALLS_PER_CONTACT = 10
_SESSIONS_PER_CONTACT = 25


def write_company(folder: Path, scale: str, seed: int) -> None:
    """Write the demo company's deliveries into ``folder``, which must be absent or empty.

    ``scale`` is S (1,000 contacts), M (200,000) or L (2,000,000); the same ``seed`` gives the same
    bytes. The files are made in a hidden folder beside ``folder`` and renamed at the end, so that
    an interrupted run leaves no half company behind. Raises :class:`LeadhouseError` when the folder
    holds something, cannot be written, or the scale is unknown.
    """
    if scale not in SCALES:
        raise LeadhouseError(f"Scale {scale!r} does not exist. Choose one of {', '.join(SCALES)}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LeadhouseError(
            f"{folder} is not empty, and the demo company never mixes with other files. "
            "Name an empty or new folder, or set LEADHOUSE_DROP to one."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.demo-", dir=folder.parent))
    except OSError as error:
        raise LeadhouseError(
            f"The demo company cannot be written beside {folder}: {error.strerror}. "
            "Choose a folder that you may write to."
        ) from error
    try:
        target = draft / "drop"
        target.mkdir()
        _Writer(draft / "company.duckdb", target, SCALES[scale], seed).write()
        if folder.exists():
            folder.rmdir()
        target.rename(folder)
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise LeadhouseError(
            f"Writing the demo company into {folder} failed: {error}. "
            "Make room or choose another folder, then start again."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@dataclass(frozen=True)
class _Window:
    """One delivery: its day, its number, and the seconds [low, high) whose rows it carries."""

    day: date
    number: int
    low: int
    high: int

    @property
    def last(self) -> bool:
        return self.number == len(company.DELIVERY_DAYS) - 1


def _windows() -> list[_Window]:
    windows = []
    low = _START
    for number, day in enumerate(company.DELIVERY_DAYS):
        high = int(datetime.combine(day, time.min, UTC).timestamp()) + _DAY
        windows.append(_Window(day, number, low, high))
        low = high
    return windows


# --------------------------------------------------------------------------------------------------
# Spelling of SQL expressions
# --------------------------------------------------------------------------------------------------


class _Dice:
    """SQL expressions for random numbers: ``u('salt', 'b')`` is the same double for the same b."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def u(self, salt: str, index: str = "b") -> str:
        """A uniform double in [0, 1)."""
        digest = hashlib.sha256(f"{self._seed}|{salt}".encode()).digest()
        mask = int.from_bytes(digest[:8], "little")
        bits = f"hash(xor(cast({index} as ubigint), {mask}::ubigint)) >> 11"
        return f"(({bits}) * 1.1102230246251565e-16)"

    def whole(self, salt: str, below: int | str, index: str = "b") -> str:
        """A whole number from 0 to ``below`` - 1."""
        return f"cast(floor({self.u(salt, index)} * ({below})) as bigint)"

    def pick(self, salt: str, values: Iterable[str], index: str = "b") -> str:
        """One of the values, all alike."""
        known = list(values)
        return f"({_texts(known)})[1 + {self.whole(salt, len(known), index)}]"

    def weighted(self, salt: str, weights: dict[str, float], index: str = "b") -> str:
        """One of the keys by its weight; an empty key is NULL."""
        total, so_far, arms = sum(weights.values()), 0.0, []
        for value, weight in weights.items():
            so_far += weight
            text = _quoted(value) if value else "null"
            arms.append(f"when {self.u(salt, index)} < {so_far / total:.6f} then {text}")
        last = list(weights)[-1]
        return f"(case {' '.join(arms)} else {_quoted(last) if last else 'null'} end)"

    def wait(self, salt: str, mean_seconds: float | str, index: str = "b") -> str:
        """An exponential waiting time in seconds."""
        return f"cast(-ln(1 - {self.u(salt, index)}) * ({mean_seconds}) as bigint)"

    def bell(self, salt: str, index: str = "b") -> str:
        """A bell-shaped number of mean 0 and deviation 1."""
        rolls = " + ".join(self.u(f"{salt}{roll}", index) for roll in range(4))
        return f"(({rolls} - 2) * 1.7320508)"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _texts(values: Iterable[str]) -> str:
    return "[" + ", ".join(_quoted(value) for value in values) + "]"


def _numbers(values: Iterable[float]) -> str:
    return "[" + ", ".join(f"{value}::double" for value in values) + "]"


def _naive(seconds: str) -> str:
    """A timestamp without offset (which is the source time zone's, UTC by default)."""
    return f"make_timestamp(cast({seconds} as bigint) * 1000000)"


def _utc(seconds: str) -> str:
    return f"replace(cast({_naive(seconds)} as varchar), ' ', 'T') || 'Z'"


def _warsaw(seconds: str) -> str:
    """Local time with its offset, which changes with summer time."""
    summer = f"({seconds}) >= {_SUMMER[0]} and ({seconds}) < {_SUMMER[1]}"
    return (
        f"case when {summer} then cast({_naive(f'({seconds}) + 7200')} as varchar) || '+02:00' "
        f"else cast({_naive(f'({seconds}) + 3600')} as varchar) || '+01:00' end"
    )


def _folded(seconds: str) -> str:
    """A time that fell outside the year, mirrored back into it."""
    return (
        f"(case when {seconds} >= {_END} then {2 * _END - 1} - ({seconds}) "
        f"when {seconds} < {_START} then {2 * _START} - ({seconds}) else {seconds} end)"
    )


def _money(number: str) -> str:
    return f"cast(round({number}, 2) as decimal(18,2))"


# --------------------------------------------------------------------------------------------------
# The writer
# --------------------------------------------------------------------------------------------------

_CSV = "format csv, header"
_SEMICOLON = "format csv, header, delimiter ';'"
_GZIP = "format csv, header, compression gzip"
_JSON = "format json"
_PARQUET = "format parquet, compression zstd, row_group_size 122880"

_FILES: dict[str, tuple[str, str]] = {
    "contacts": ("contacts.csv", _CSV),
    "contact_merges": ("contact_merges.csv", _CSV),
    "contact_tags": ("contact_tags.csv", _CSV),
    "contact_owners": ("contact_owners.csv", _SEMICOLON),
    "contact_stages": ("contact_stages.csv.gz", _GZIP),
    "pipeline_stages": ("pipeline_stages.csv", _CSV),
    "deals": ("deals-crm.csv", _CSV),
    "deal_stages": ("deal_stages.csv", _CSV),
    "deal_contacts": ("deal_contacts.csv", _CSV),
    "payments": ("payments.csv", _SEMICOLON),
    "tasks": ("tasks.parquet", _PARQUET),
    "meetings": ("meetings.jsonl", _JSON),
    "emails": ("emails.parquet", _PARQUET),
    "time_entries": ("time_entries.csv", _CSV),
    "surveys": ("surveys.csv", _CSV),
    "calls": ("calls-part1.parquet", _PARQUET),
    "tracking_numbers": ("tracking_numbers.csv", _CSV),
    "number_leases": ("number_leases.parquet", _PARQUET),
    "sessions": ("sessions.parquet", _PARQUET),
    "enquiries": ("enquiries.jsonl", _JSON),
    "ad_spend": ("ad_spend_all.csv.gz", _GZIP),
    "fx_rates": ("fx_rates.csv", _CSV),
}

_TAGS = company.SOURCE_TAGS

_ORIGINS: dict[str, float] = {
    "call": 0.33,
    "form": 0.34,
    "chat": 0.08,
    "messenger": 0.06,
    "email": 0.06,
    "marketplace": 0.06,
    "walk_in": 0.03,
    "manual": 0.04,
}

_HEAVY_FIRST = ("sessions", "calls", "ad_spend", "contact_stages", "emails", "deal_stages")


class _Writer:
    """Everything that one call of :func:`write_company` knows."""

    def __init__(self, scratch: Path, target: Path, contacts: int, seed: int) -> None:
        self._target = target
        self._total = contacts
        self._dice = _Dice(seed)
        self._database = connect(scratch)
        self._database.execute("set threads = 1")
        self._database.execute("set preserve_insertion_order = true")
        self._pool_numbers = max(40, contacts // 500)
        self._ads = max(6, round(contacts * 2 / _DAYS))
        self._windows = _windows()

    def write(self) -> None:
        self._database.execute(f"create table drawn_contacts as {self._contact_sql()}")
        self._database.execute(f"create table c as {self._person_sql()}")
        self._database.execute("drop table drawn_contacts")
        self._database.execute(f"create table d as {self._deal_sql()}")
        for window in self._windows:
            self._folder(window).mkdir()
        makers: dict[str, Callable[[_Window], str | None]] = {
            name: getattr(self, f"_{name}") for name in _FILES
        }
        order = sorted(_FILES, key=lambda name: name not in _HEAVY_FIRST)
        with ThreadPoolExecutor(2) as pool:
            waiting = [
                pool.submit(self._copy, name, window, makers[name](window))
                for window in self._windows
                for name in order
            ]
            for one in waiting:
                one.result()
        self._write_sheets()
        self._database.close()

    def _folder(self, window: _Window) -> Path:
        return self._target / window.day.isoformat()

    def _copy(self, name: str, window: _Window, sql: str | None) -> None:
        """Write one file: the query's rows, then the golden and the bad ones."""
        extra: list[Row] = []
        if window.number == 0:
            extra += GOLDEN_ROWS.get(name, [])
        extra += [row for number, row in BAD_ROWS.get(name, []) if number == window.number]
        if sql is None and not extra:
            return
        cursor = self._database.cursor()
        if sql is not None and extra:
            sql = f"select * from ({sql}) union all by name {_values(name, extra)}"
        source = sql or _values(name, extra)
        file_name, options = _FILES[name]
        path = self._folder(window) / file_name
        copied = cursor.execute(f"copy ({source}) to {_quoted(str(path))} ({options})").fetchone()
        if copied is None or copied[0] == 0:
            path.unlink()
        cursor.close()

    # -- contacts ----------------------------------------------------------------------------------

    def _contact_sql(self) -> str:
        """The contacts with everything that ever happens to them, in the order of b."""
        u, whole, wait = self._dice.u, self._dice.whole, self._dice.wait
        share = f"((b + {u('jitter')}) / {self._total}.0)"
        segments = "case when u_seg < 0.48 then 'A' when u_seg < 0.80 then 'B' else 'N' end"
        tag, tag_quality = self._by_segment(
            "pick_tag", {s: [(t.tag, t.share, t.quality) for t in ts] for s, ts in _TAGS.items()}
        )
        sellers = {
            "A": [(s.user_id, 1.0, s.quality) for s in company.SELLERS["A"]],
            "B": [(s.user_id, 1.0, s.quality) for s in company.SELLERS["B"]],
            "N": [(s.user_id, 1.0, s.quality) for s in company.SELLERS["A"]],
        }
        seller, seller_quality = self._by_segment("pick_seller", sellers)
        haste = "case seller " + " ".join(
            f"when '{s.user_id}' then {s.haste}"
            for s in {s.user_id: s for ss in company.SELLERS.values() for s in ss}.values()
        )
        language = (
            "case when seg <> 'B' then (case when u_lang < 0.88 then 'pl' else 'uk' end) "
            "when u_lang < 0.45 then 'uk' when u_lang < 0.55 then 'pl' else 'en' end"
        )
        route = (
            "case when seg = 'N' then (case when u_route < 0.3 then 'direct' else 'none' end) "
            "when u_route < 0.755 then 'handed' when u_route < 0.78 then 'early' "
            "when u_route < 0.86 then 'direct' when u_route < 0.885 then 'other' "
            "when u_route < 0.985 then 'waiting' else 'none' end"
        )
        duplicate = f"case when b > 60 and {u('dup')} < 0.03 then b - 1 - {whole('dup by', 50)}"
        return f"""
        with drawn as (
            select
                b, {self._moment(share)} as t0,
                {u("seg")} as u_seg, {u("lang")} as u_lang, {u("route")} as u_route,
                {u("tag")} as pick_tag, {u("seller")} as pick_seller,
                {duplicate} else b end as twin,
                {self._dice.weighted("gender", {"female": 0.47, "male": 0.47, "": 0.06})} as gender
            from range({self._total}) r(b)
        ),
        sorted_out as (select *, {segments} as seg from drawn),
        chosen as (
            select *, {tag} as tag, {seller} as seller, {language} as lang, {route} as route,
                {tag_quality} * {seller_quality} as quality,
                case when {u("dup kind")} < 0.6 then twin else b end as mail_of,
                case when {u("dup kind")} >= 0.3 then twin else b end as phone_of,
                {self._dice.weighted("origin", _ORIGINS)} as origin
            from sorted_out
        ),
        handed as (
            select *, {haste} else 1 end as haste,
                case when seg <> 'N' or {u("fair tag")} < 0.6 then t0 + {whole("tagged", 90)} end
                    as t_tag,
                case when route in ('handed', 'early', 'waiting', 'other')
                    then t0 + 60 + {whole("main", 120)} end as t_main,
                case when seg = 'A' then '{company.MAIN_ACCOUNT}' else '{company.INBOUND_ACCOUNT}'
                    end as main_user
            from chosen
        ),
        given as (
            select *,
                case when route = 'handed' then t_main + 240 + {wait("hand", "9 * 3600 * haste")}
                    when route = 'early' then t_main + 30
                    when route in ('direct', 'other') then t0 + 100 + {whole("direct", 3600)}
                    end as t_hand,
                case when route = 'other' then '{company.OUTSIDE_SELLER}' else seller end as taker
            from handed
        ),
        tagged as (
            select * replace (
                    case when route = 'early' and t_tag is not null then t_hand + 3600 else t_tag
                        end as t_tag),
                case when t_hand is not null and {u("fc")} < 0.86
                    then t_hand + 600 + {wait("fc wait", "20 * 3600 * haste")} end as t_fc
            from given
        ),
        first_point as (
            select *, case when t_fc is not null and {u("cp1")} < 0.46 * quality
                then t_fc + {_DAY} + {wait("cp1 wait", 6 * _DAY)} end as t_cp1
            from tagged
        ),
        second_point as (
            select *, case when t_cp1 is not null and {u("cp2")} < 0.62
                then t_cp1 + {2 * _DAY} + {wait("cp2 wait", 19 * _DAY)} end as t_cp2
            from first_point
        ),
        final_point as (
            select *, case when t_cp2 is not null and {u("fin")} < 0.52
                then t_cp2 + {_DAY} + {wait("fin wait", 6 * _DAY)} end as t_fin
            from second_point
        )
        select *,
            case when t_fin is null and t_hand is not null and {u("lost")} < 0.45
                then coalesce(t_cp2, t_cp1, t_fc, t_hand) + {5 * _DAY}
                    + {wait("lost wait", 25 * _DAY)} end as t_lost,
            case when t_hand is not null and {u("again")} < 0.09
                then t_hand + {_DAY} + {wait("again wait", 20 * _DAY)} end as t_again,
            case when {u("edit")} < 0.10 then t0 + {_DAY} + {wait("edit wait", 30 * _DAY)} end
                as t_edit,
            case when {u("gone")} < 0.006 then t0 + {5 * _DAY} + {wait("gone wait", 40 * _DAY)} end
                as t_gone,
            case when b > 500 and b % 500 in (101, 102, 250)
                then t0 + {10 * _DAY} + {whole("merge", 30 * _DAY)} end as t_merged,
            case when origin in ('walk_in', 'manual', 'marketplace') then 0
                else 1 + {whole("visits", 6)} end as visits,
            {_DAY} / 4 + {whole("gap", 6 * _DAY)} as gap,
            {u("nth deal")} as u_deals
        from final_point
        order by b
        """

    def _moment(self, share: str, index: str = "b") -> str:
        """The second of the year at which ``share`` (0 to 1) of all contacts exist.

        Business grows over the year with two seasons; weekends are quiet and days are busiest at
        noon. A weekend's contact moves back, never forward, so that time follows the number.
        """
        u = self._dice.u
        raw = f"{_DAYS} * (power({share}, 0.86) + 0.02 * sin(12.566370614 * {share}))"
        day = f"cast(least({_DAYS - 1}, greatest(0, floor({raw}))) as bigint)"
        weekday = f"(({day} + {company.FIRST_DAY.weekday()}) % 7)"
        work = (
            f"(case when {weekday} >= 5 and {day} >= 7 and {u('weekend', index)} < 0.75 "
            f"then {day} - {weekday} + {self._dice.whole('weekday', 5, index)} else {day} end)"
        )
        hours = f"(6 + 6.5 * ({u('hour a', index)} + {u('hour b', index)}))"
        return f"({_START} + {work} * {_DAY} + cast({hours} * 3600 as bigint))"

    @staticmethod
    def _by_segment(
        roll: str, choices: dict[str, list[tuple[str, float, float]]]
    ) -> tuple[str, str]:
        """Two CASE expressions: the value that ``roll`` picks in each segment, and its quality."""
        values, qualities = [], []
        for segment, options in choices.items():
            total, so_far = sum(share for _, share, _ in options), 0.0
            for position, (value, share, quality) in enumerate(options):
                so_far += share / total
                limit = 1.0 if position == len(options) - 1 else so_far
                test = f"when seg = '{segment}' and {roll} < {limit:.6f} then"
                values.append(f"{test} {_quoted(value)}")
                qualities.append(f"{test} {quality}::double")
        return f"case {' '.join(values)} end", f"(case {' '.join(qualities)} end)"

    # -- expressions about a person, by index ------------------------------------------------------

    def _language(self, index: str) -> str:
        """The language of the contact number ``index``, as the contacts' table has it."""
        u = self._dice.u
        segment, roll = u("seg", index), u("lang", index)
        polish = f"case when {roll} < 0.88 then 'pl' else 'uk' end"
        foreign = f"case when {roll} < 0.45 then 'uk' when {roll} < 0.55 then 'pl' else 'en' end"
        inbound = f"{segment} >= 0.48 and {segment} < 0.80"
        return f"(case when {inbound} then {foreign} else {polish} end)"

    def _by_language(self, salt: str, index: str, lists: dict[str, list[str]]) -> str:
        arms = " ".join(
            f"when '{language}' then {self._dice.pick(salt, values, index)}"
            for language, values in lists.items()
        )
        return f"(case {self._language(index)} {arms} end)"

    def _name(self, part: str, index: str, ascii_only: bool) -> str:
        """The first or last name of the person ``index``, in its own letters or in ASCII."""
        names = people.FIRST_NAMES if part == "first" else people.LAST_NAMES
        column = 1 if ascii_only else 0
        genders = [
            self._by_language(
                f"{part} name",
                index,
                {
                    language: [name[column] for name in known[gender]]
                    for language, known in names.items()
                },
            )
            for gender in ("female", "male")
        ]
        female = f"{self._dice.u('gender', index)} < 0.47"
        return f"(case when {female} then {genders[0]} else {genders[1]} end)"

    def _email(self, index: str) -> str:
        domain = self._by_language(
            "domain", index, {language: list(known) for language, known in people.DOMAINS.items()}
        )
        return (
            f"{self._name('first', index, True)} || '.' || {self._name('last', index, True)} "
            f"|| ({index}) || '@' || {domain}"
        )

    def _phone(self, index: str) -> str:
        """The number in E.164."""
        digits = f"lpad(cast((({index}) * 7919 + 13) % 10000000 as varchar), 7, '0')"
        mobile = self._dice.pick("prefix", ("60", "50", "51", "66", "69", "72", "78", "88"), index)
        return (
            f"(case {self._language(index)} when 'pl' then '+48' || {mobile} || {digits} "
            f"when 'uk' then '+38067' || {digits} else '+44791' || {digits} end)"
        )

    @staticmethod
    def _written_phone(style: str) -> str:
        """The column ``phone`` as people write it; ``style`` is a uniform number."""
        tail = "substr(phone, 4)"
        groups = (
            f"substr({tail}, 1, 3) || '%s' || substr({tail}, 4, 3) || '%s' || substr({tail}, 7)"
        )
        spaced, dashed = groups.replace("%s", " "), groups.replace("%s", "-")
        code = "substr(phone, 1, 3)"
        national = "starts_with(phone, '+48')"
        return (
            f"case when {style} < 0.30 then phone "
            f"when {style} < 0.45 then '00' || substr(phone, 2) "
            f"when {style} < 0.60 then {code} || ' ' || {spaced} "
            f"when {style} < 0.68 then '(' || {code} || ') ' || {dashed} "
            f"when {style} < 0.84 and {national} then {tail} "
            f"when {style} < 0.92 and {national} then {dashed} "
            f"when {national} then {spaced} else phone end"
        )

    def _person_sql(self) -> str:
        """The contacts again, with names, e-mail address and telephone number (E.164)."""
        return f"""
        select *, {self._name("first", "twin", False)} as first_name,
            {self._name("last", "twin", False)} as last_name,
            {self._email("mail_of")} as email, {self._phone("phone_of")} as phone
        from drawn_contacts
        order by b
        """

    # -- windows -----------------------------------------------------------------------------------

    def _events(self, window: _Window, salt: str, sql: str, index: str = "b") -> str:
        """The events of ``sql`` (which has their second ``t``) that come with this delivery.

        Fifteen in a thousand come nine days late.
        """
        late = f"{self._dice.u(f'late {salt}', index)} < 0.015"
        due = f"case when {late} then t + {9 * _DAY} else t end"
        until = "" if window.last else f"and ({due}) < {window.high}"
        return (
            f"select * from ({sql}) where t >= {_START} and t < {_END} "
            f"and ({due}) >= {window.low} {until}"
        )

    def _near(self, window: _Window) -> str:
        """The contacts near enough in time to have web or call events in this delivery."""
        low, high = window.low - 85 * _DAY, window.high + 45 * _DAY
        return f"(select * from c where t0 between {low} and {high})"

    @staticmethod
    def _latest(window: _Window, moments: Iterable[str]) -> str:
        """The latest of the moments that this delivery may know."""
        limit = min(window.high, _END)
        known = ", ".join(f"case when {one} < {limit} then {one} end" for one in moments)
        return f"greatest({known})"

    @staticmethod
    def _from(window: _Window) -> str:
        return f"changed >= {window.low} and changed < {window.high}"

    # -- the CRM -----------------------------------------------------------------------------------

    def _contacts(self, window: _Window) -> str:
        u = self._dice.u
        changed = self._latest(window, ("t0", "t_main", "t_hand", "t_again", "t_edit", "t_gone"))
        known = min(window.high, _END)
        city = "case lang " + " ".join(
            f"when '{language}' then {self._dice.pick('city', [c for c, _ in cities])}"
            for language, cities in people.CITIES.items()
        )
        region = "case lang " + " ".join(
            f"when '{language}' then {self._dice.pick('city', [r for _, r in cities])}"
            for language, cities in people.CITIES.items()
        )
        shared = max(0.002, 14 / self._total)
        style = u("phone style")
        card = {
            column: "case "
            + " ".join(
                f"when tag = {_quoted(t.tag)} then {_quoted(getattr(t, column)) or 'null'}"
                for known_tags in _TAGS.values()
                for t in known_tags
            )
            + " end"
            for column in ("source", "medium", "campaign")
        }
        labelled = f"t_tag is not null and {u('card')} < 0.7"
        middle = f"case when {u('middle')} < 0.1 then 'Maria' end"
        born = "date '1955-01-01' + " + f"cast({self._dice.whole('born', 17_000)} as integer)"
        return f"""
        select
            printf('%08d', b + 1) as contact_id,
            {_utc("t0")} as created_at,
            {_utc("changed")} as updated_at,
            first_name,
            {middle} as middle_name,
            last_name,
            case when {u("shared")} < {shared} then 'biuro@partner.example'
                when {u("no mail")} < 0.12 then null
                when {u("mail style")} < 0.04 then upper(email)
                when {u("mail style")} < 0.05 then ' ' || email || ' '
                else email end as email,
            case when {u("no phone")} < 0.08 then null
                else {self._written_phone(style)} end as phone,
            case when {u("company")} < 0.35
                then {self._dice.pick("company name", people.COMPANIES)} end as company,
            case lang when 'pl' then 'PL' when 'uk' then 'UA' else 'GB' end as country,
            {region} end as region,
            {city} end as city,
            {self._dice.weighted("gender", {"female": 0.47, "male": 0.47, "": 0.06}, "twin")}
                as gender,
            case when {u("birth")} < 0.4 then {born} end as birth_date,
            case when t_again < {known} then taker_again when t_hand < {known} then taker
                when t_main < {known} then main_user end as owner_user_id,
            case when {labelled} then {card["source"]} end as lead_source,
            case when {labelled} then {card["medium"]} end as lead_medium,
            case when {labelled} then nullif({card["campaign"]}, '') end as lead_campaign,
            case when t_gone < {known} then 'true' else 'false' end as is_deleted,
            case when {u("consent")} < 0.6 then 'yes' else 'no' end as newsletter_consent
        from (select *, {self._next_seller()} as taker_again, {changed} as changed from c)
        where {self._from(window)}
        order by b
        """

    def _next_seller(self) -> str:
        """Who takes a contact over from its first seller."""
        arms = []
        for segment in ("A", "B"):
            known = [seller.user_id for seller in company.SELLERS[segment]]
            for one, following in zip(known, known[1:] + known[:1], strict=True):
                arms.append(f"when seg = '{segment}' and taker = '{one}' then '{following}'")
        return f"case {' '.join(arms)} else 'u04' end"

    def _contact_merges(self, window: _Window) -> str:
        picked = self._events(window, "merge", "select *, t_merged as t from c")
        return f"""
        select
            printf('%08d', b + 1) as merged_contact_id,
            printf('%08d', b) as surviving_contact_id,
            {_utc("t")} as merged_at
        from ({picked})
        order by b
        """

    def _contact_tags(self, window: _Window) -> str:
        u, whole = self._dice.u, self._dice.whole
        first_contact = "case seg " + " ".join(
            f"when '{segment}' then {_quoted(tag)}"
            for segment, tag in company.FIRST_CONTACT_TAG.items()
        )
        other = "case seg " + " ".join(
            f"when '{segment}' then {self._dice.pick('other tag', [t.tag for t in tags])}"
            for segment, tags in _TAGS.items()
        )
        robot = f"{u('robot')} < 0.12"
        later = f"3600 + {whole('second wait', 30 * _DAY)}"
        tie = f"case when {u('second')} < 0.004 then 0 else {later} end"
        kinds = (
            ("t_tag", "tag", "add", "'u03'", "'automation'", "true"),
            (
                "t_fc",
                f"{first_contact} end",
                "add",
                f"case when {robot} then 'u03' else taker end",
                f"case when {robot} then 'automation' else 'user' end",
                "true",
            ),
            (f"t_tag + {tie}", f"{other} end", "add", "'u06'", "'user'", f"{u('second')} < 0.10"),
            (
                f"t_tag + {_DAY} + {whole('cross', 50 * _DAY)}",
                "case seg when 'A' then 'demo_request' else 'e_book_cennik' end",
                "add",
                "'u03'",
                "'automation'",
                f"{u('cross')} < 0.04",
            ),
            (f"t_tag + {5 * _DAY}", "tag", "remove", "'u06'", "'user'", f"{u('slip')} < 0.03"),
            (f"t_tag + {20 * _DAY}", "tag", "", "'u06'", "'user'", f"{u('slip')} < 0.01"),
            (
                f"t0 + {whole('news', 40 * _DAY)}",
                "'newsletter'",
                "add",
                "'u03'",
                "'automation'",
                f"{u('news')} < 0.22",
            ),
            (
                f"t0 + {whole('opened', 60 * _DAY)}",
                "'otworzył_mailing'",
                "add",
                "'u03'",
                "'automation'",
                f"{u('opened')} < 0.10",
            ),
            ("t_fin + 7200", "'klient'", "add", "taker", "'user'", "true"),
        )
        arms = " union all ".join(
            f"select b, {number} as kind, {t} as t, {tag} as tag, {_quoted(action)} as action, "
            f"{actor} as actor_user_id, {actor_type} as actor_type from c where {test}"
            for number, (t, tag, action, actor, actor_type, test) in enumerate(kinds)
        )
        return f"""
        select printf('%08d', b + 1) as contact_id, tag, {_warsaw("t")} as occurred_at,
            nullif(action, '') as action, actor_user_id, actor_type
        from ({self._events(window, "tag", arms, "b * 16 + kind")})
        order by t, b, kind
        """

    def _contact_owners(self, window: _Window) -> str:
        arms = f"""
        select b, 0 as kind, t_main as t, null as from_user_id, main_user as to_user_id from c
        union all
        select b, 1, t_hand, case when t_main is not null then main_user end, taker from c
        union all
        select b, 2, t_again, taker, {self._next_seller()} from c
        """
        return f"""
        select printf('%08d', b + 1) as contact_id, from_user_id, to_user_id,
            {_naive("t")} as occurred_at
        from ({self._events(window, "owner", arms, "b * 4 + kind")})
        order by t, b, kind
        """

    def _contact_stages(self, window: _Window) -> str:
        u = self._dice.u
        kinds = (
            (0, "t_hand + 60", "true"),
            (1, "t_cp1", f"t_cp2 is null or {u('skip')} >= 0.05"),
            (1, f"t_cp1 + {4 * _DAY}", f"{u('re-enter')} < 0.05"),
            (2, "t_cp1 + (t_cp2 - t_cp1) // 3", f"t_cp2 is not null and {u('mid')} < 0.6"),
            (3, "t_cp2", "true"),
            (4, "t_fin", "true"),
            (5, "t_lost", "true"),
        )
        stages = {
            segment: [stage for stage, _, _ in company.PIPELINE_STAGES[pipeline]]
            for segment, pipeline in (("A", company.SALES), ("B", company.INBOUND))
        }
        arms = " union all ".join(
            f"select b, {number} as kind, {t} as t, seg, taker, "
            f"case seg when 'B' then {_quoted(stages['B'][position])} "
            f"else {_quoted(stages['A'][position])} end as stage from c where {test}"
            for number, (position, t, test) in enumerate(kinds)
        )
        return f"""
        select printf('%08d', b + 1) as contact_id,
            case seg when 'B' then '{company.INBOUND}' else '{company.SALES}' end as pipeline,
            stage, {_utc("t")} as occurred_at, taker as actor_user_id
        from ({self._events(window, "stage", arms, "b * 8 + kind")})
        order by t, b, kind
        """

    def _pipeline_stages(self, window: _Window) -> str | None:
        rows = [
            f"({_quoted(pipeline)}, {_quoted(stage)}, {position}, '{kind}', '{probability}')"
            for pipeline, stages in company.PIPELINE_STAGES.items()
            for position, (stage, kind, probability) in enumerate(stages, start=1)
        ]
        return self._once(window, "pipeline, stage, position, kind, probability", rows)

    @staticmethod
    def _once(window: _Window, columns: str, rows: list[str]) -> str | None:
        """Rows that come with the first delivery and never change."""
        if window.number > 0:
            return None
        return f"select * from (values {', '.join(rows)}) v({columns})"

    def _deal_sql(self) -> str:
        """The deals in the order of their number d, with everything that happens to them."""
        u, whole, wait = self._dice.u, self._dice.whole, self._dice.wait
        wanted = self._total * 3 // 4
        own = "b * 4 + k"
        count = (
            "case when t_cp1 is not null then 1 + (u_deals < 0.35)::int + (u_deals < 0.12)::int "
            "when t_fc is not null then (u_deals < 0.85)::int + (u_deals < 0.20)::int "
            "else (u_deals < 0.56)::int + (u_deals < 0.10)::int end"
        )
        stray = f"{self._total * 4} + r.i"
        return f"""
        with asked as (
            select *, unnest(range({count})) as k from c
        ),
        of_contacts as (
            select b, seg, taker, quality, {own} as n, t_hand is not null as is_taken,
                case when k = 0 then coalesce(t_fc, t0 + {_DAY}) + 3600
                    else t0 + {35 * _DAY} + {whole("later deal", 90 * _DAY, own)} end as tc,
                case when k = 0 then t_fin end as t_won,
                case when k = 0 then t_lost end as t_dropped,
                case when k > 0 and t_fin is not null then 'R' when seg = 'B' then 'B' else 'A' end
                    as line
            from asked
        ),
        kept as (
            select * from of_contacts where tc < {_END - _DAY} order by n limit {wanted * 99 // 100}
        ),
        everything as (
            select * from kept
            union all
            select null, 'A', 'u11', 1.0, {stray}, true,
                {self._moment(u("stray", stray), stray)}, null, null, 'A'
            from range({wanted} - (select count(*) from kept)) r(i)
        ),
        planned as (
            select *,
                row_number() over (order by n) - 1 as d,
                case when t_won is not null then 'won' when t_dropped is not null then 'lost'
                    when {u("plan", "n")} < 0.24 * quality then 'won'
                    when {u("plan", "n")} < 0.72 then 'lost' else 'open' end as plan,
                greatest(coalesce(t_won, t_dropped, tc + {4 * _DAY}
                    + {wait("cycle", 32 * _DAY, "n")}), tc + {_DAY}) as t_end,
                {self._dice.weighted("reach", {"1": 0.30, "2": 0.25, "3": 0.10, "4": 0.35}, "n")}
                    ::integer as reach_drawn
            from everything
        )
        select *,
            case when plan = 'won' then 4 else reach_drawn end as reach,
            tc + (t_end - tc) * 12 // 100 as s2,
            tc + (t_end - tc) * 25 // 100 as s3,
            tc + (t_end - tc) * 38 // 100 as s4,
            case when {u("dropped", "n")} < 0.008 then t_end + {3 * _DAY} end as t_deleted,
            case when is_taken then taker else 'u04' end as owner,
            {self._dice.weighted("money A", {"PLN": 0.75, "EUR": 0.25}, "n")} as money_a,
            {self._dice.weighted("money B", {"EUR": 0.6, "USD": 0.3, "PLN": 0.1}, "n")} as money_b
        from planned
        order by d
        """

    def _deals(self, window: _Window) -> str:
        u = self._dice.u
        known = min(window.high, _END)
        moments = (
            "tc",
            "case when reach >= 2 then s2 end",
            "case when reach >= 3 then s3 end",
            "case when reach >= 4 then s4 end",
            "case when plan <> 'open' then t_end end",
            "t_deleted",
        )
        stage_names = {
            line: [stage for stage, _, _ in company.PIPELINE_STAGES[pipeline]]
            for line, pipeline in _LINES.items()
        }
        names = "case line " + " ".join(
            f"when '{line}' then {_texts(stages)}" for line, stages in stage_names.items()
        )
        position = (
            f"case when plan = 'won' and t_end < {known} then 5 "
            f"when plan = 'lost' and t_end < {known} then 6 "
            f"when reach >= 4 and s4 < {known} then 4 when reach >= 3 and s3 < {known} then 3 "
            f"when reach >= 2 and s2 < {known} then 2 else 1 end"
        )
        worth = f"exp(7.6 + 0.75 * {self._dice.bell('worth', 'n')})"
        margin = _money(f"cast(amount as double) * (0.18 + 0.3 * {u('share', 'n')})")
        amount = _money(
            f"{worth} * (case currency when 'PLN' then 4.25 when 'USD' then 1.1 else 1 end) "
            f"* (case when {u('refund', 'n')} < 0.004 then -0.5 else 1 end)"
        )
        closed = f"case when {u('early close', 'n')} < 0.004 then tc - 3600 else t_end end"
        sources = {
            "google": 0.4,
            "facebook": 0.2,
            "recommendation": 0.15,
            "marketplace": 0.1,
            "leaflet": 0.05,
            "": 0.1,
        }
        return f"""
        with due as (
            select *, {self._latest(window, moments)} as changed,
                case seg when 'B' then money_b else money_a end as currency,
                plan <> 'open' and t_end < {known} as is_closed,
                {u("labels", "n")} < 0.4 as is_labelled
            from d
        ),
        priced as (
            select *, case when {u("no amount", "n")} < 0.03 then null else {amount} end as amount
            from due
            where {self._from(window)}
        )
        select
            '44' || lpad(cast(d as varchar), 17, '0') as deal_id,
            {_utc("tc")} as created_at,
            {_utc("changed")} as updated_at,
            case when {u("title", "n")} < 0.2 then 'Umowa, część "' || (d % 9) || '"'
                else 'Deal ' || d end as title,
            printf('%08d', b + 1) as contact_id,
            case line when 'A' then '{company.SALES}' when 'B' then '{company.INBOUND}'
                else '{company.RENEWAL}' end as pipeline,
            ({names} end)[{position}] as stage,
            owner as owner_user_id,
            case when t_deleted < {known} then 'deleted' when is_closed then plan else 'open' end
                as status,
            case when is_closed and {u("no close", "n")} >= 0.04 then {_utc(closed)} end
                as closed_at,
            amount,
            case when amount is not null then currency end as currency,
            case when {u("margin", "n")} < 0.85
                then {margin} end
                as margin,
            {self._dice.weighted("product", _PRODUCTS, "n")} as product,
            case when plan = 'lost' and is_closed and {u("rival", "n")} < 0.4
                then {self._dice.pick("rival name", _COMPETITORS, "n")} end as competitor,
            case when plan = 'lost' and is_closed
                then {self._dice.weighted("reason", _LOST_REASONS, "n")} end as lost_reason,
            case when is_labelled then {self._dice.weighted("deal source", sources, "n")} end
                as source,
            case when is_labelled then {self._dice.weighted("deal medium", _MEDIA, "n")} end
                as medium,
            case when is_labelled and {u("deal campaign", "n")} < 0.5 then 'ebook_pl' end
                as campaign,
            {self._dice.weighted("made", {"crm": 0.6, "api": 0.2, "manual": 0.1, "": 0.1}, "n")}
                as creation_method,
            'https://crm.example/deals/44' || lpad(cast(d as varchar), 17, '0') as deal_url,
            {self._dice.weighted("deal tags", {"vip;pilne": 0.1, "wdrożenie": 0.2, "": 0.7}, "n")}
                as tags
        from priced
        order by d
        """

    def _deal_stages(self, window: _Window) -> str:
        kinds = (
            (0, "tc", "true"),
            (1, "s2", "reach >= 2"),
            (2, "s3", f"reach >= 3 and (plan <> 'won' or {self._dice.u('jump', 'n')} < 0.7)"),
            (1, "s3 + (s4 - s3) // 2", f"reach >= 4 and {self._dice.u('back', 'n')} < 0.04"),
            (3, "s4", "reach >= 4"),
            (4, "t_end", "plan = 'won'"),
            (5, "t_end", "plan = 'lost'"),
        )
        stages = {
            line: [stage for stage, _, _ in company.PIPELINE_STAGES[pipeline]]
            for line, pipeline in _LINES.items()
        }
        arms = " union all ".join(
            f"select d, {number} as kind, {t} as t, line, owner, case line "
            + " ".join(f"when '{line}' then {_quoted(stages[line][position])}" for line in _LINES)
            + f" end as stage from d where {test}"
            for number, (position, t, test) in enumerate(kinds)
        )
        return f"""
        select
            '44' || lpad(cast(d as varchar), 17, '0') as deal_id,
            case line when 'A' then '{company.SALES}' when 'B' then '{company.INBOUND}'
                else '{company.RENEWAL}' end as pipeline,
            stage, {_utc("t")} as occurred_at, owner as actor_user_id
        from ({self._events(window, "deal stage", arms, "d * 8 + kind")})
        order by t, d, kind
        """

    def _deal_contacts(self, window: _Window) -> str:
        arms = f"""
        select d, 0 as kind, tc as t, b as contact, 'true' as is_primary from d where b is not null
        union all
        select d, 1, tc, b - 1, '0' from d where b > 0 and {self._dice.u("colleague", "n")} < 0.08
        """
        return f"""
        select '44' || lpad(cast(d as varchar), 17, '0') as deal_id,
            printf('%08d', contact + 1) as contact_id, is_primary
        from ({self._events(window, "deal contact", arms, "d * 2 + kind")})
        order by d, kind
        """

    def _payments(self, window: _Window) -> str:
        u = self._dice.u
        arms = f"""
        select *, t_end + {2 * _DAY} + part * {30 * _DAY} as t
        from (
            select *, unnest(range(1 + {self._dice.whole("parts", 3, "n")})) as part
            from d
            where plan = 'won' and {u("unpaid", "n")} >= 0.06
        )
        """
        currency = "case seg when 'B' then money_b else money_a end"
        worth = (
            f"exp(7.6 + 0.75 * {self._dice.bell('worth', 'n')}) / "
            f"(1 + {self._dice.whole('parts', 3, 'n')}) "
            f"* (case {currency} when 'PLN' then 4.25 when 'USD' then 1.1 else 1 end)"
        )
        return f"""
        select 'p' || (d * 4 + part) as payment_id,
            '44' || lpad(cast(d as varchar), 17, '0') as deal_id,
            {_warsaw("t")} as paid_at, {_money(worth)} as amount, {currency} as currency
        from ({self._events(window, "payment", arms, "d * 4 + part")})
        order by d, part
        """

    def _tasks(self, window: _Window) -> str:
        u, whole = self._dice.u, self._dice.whole
        own = "b * 2 + k"
        known = min(window.high, _END)
        arms = f"""
        select *, coalesce(t_hand, t0) + k * {2 * _DAY} + {whole("task", 5 * _DAY, own)} as t
        from (select *, unnest(range(2)) as k from c)
        """
        done = f"t + {whole('task done', 4 * _DAY, own)}"
        status = (
            f"case when {u('task end', own)} < 0.06 then 'cancelled' "
            f"when {u('task end', own)} < 0.85 and {done} < {known} then 'done' else 'open' end"
        )
        return f"""
        select 't' || ({own}) as task_id, {_naive("t")} as created_at,
            {_naive(f"t + {3 * _DAY}")} as due_at,
            case when {status} = 'done' then {_naive(done)} end as done_at, {status} as status,
            {self._dice.pick("task type", ("call", "email", "follow-up"), own)} as type,
            'Oddzwonić' as title, coalesce(taker, 'u04') as user_id,
            printf('%08d', b + 1) as contact_id, cast(null as varchar) as deal_id
        from ({self._events(window, "task", arms, own)})
        """

    def _meetings(self, window: _Window) -> str:
        u = self._dice.u
        arms = f"""
        select *, 0 as k, t_cp1 - {_DAY} as t from c where t_cp1 is not null
        union all
        select *, 1, t_cp2 - {2 * _DAY} from c where {u("second meeting")} < 0.8
        """
        ended = f"t + {2 * _DAY} < {min(window.high, _END)}"
        status = (
            f"case when not ({ended}) then 'planned' "
            f"when {u('meet', 'b * 2 + k')} < 0.8 then 'held' "
            f"when {u('meet', 'b * 2 + k')} < 0.92 then 'no_show' else 'cancelled' end"
        )
        return f"""
        select 'm' || (b * 2 + k) as meeting_id, {_utc("t")} as created_at,
            {_utc(f"t + {2 * _DAY}")} as starts_at, {_utc(f"t + {2 * _DAY} + 3600")} as ends_at,
            case when seg = 'B' then 'demo' when k = 0 then 'meeting' else 'training' end as type,
            {status} as status, taker as user_id, printf('%08d', b + 1) as contact_id
        from ({self._events(window, "meeting", arms, "b * 2 + k")})
        order by b, k
        """

    def _emails(self, window: _Window) -> str:
        u, whole = self._dice.u, self._dice.whole
        own = "b * 2 + k"
        arms = f"""
        select *, case when k = 0 then coalesce(t_fc, t0 + {3 * _DAY}) + 1800
            else t0 + {whole("mailing", 80 * _DAY, own)} end as t
        from (select *, unnest(range(2)) as k from c)
        """
        opened = f"{u('opened mail', own)} < 0.4"
        seen = f"t + {whole('open wait', _DAY, own)}"
        return f"""
        select 'e' || ({own}) as email_id, {_naive("t")} as sent_at,
            case when k = 0 and {u("reply", own)} < 0.25 then 'in' else 'out' end as direction,
            case when k = 0 then 'one_to_one' else 'campaign' end as kind,
            case when k = 0 then taker end as user_id, printf('%08d', b + 1) as contact_id,
            case when k = 1 then 'mailing-' || (b % 12) end as campaign,
            'th' || b as thread_id, {u("bounce", own)} < 0.02 as bounced,
            case when {opened} then {_naive(seen)} end as opened_at,
            case when {opened} and {u("click", own)} < 0.2
                then {_naive(f"{seen} + {_DAY}")} end as clicked_at
        from ({self._events(window, "email", arms, own)})
        """

    def _time_entries(self, window: _Window) -> str:
        sellers = [user[0] for user in company.USERS if user[3] == "seller"]
        own = f"(day * {len(sellers)} + s) * 4 + a"
        arms = f"""
        select *, {_START} + day * {_DAY} as t
        from range({_DAYS}) x(day), range({len(sellers)}) y(s), range(4) z(a)
        where (day + {company.FIRST_DAY.weekday()}) % 7 < 5
        """
        hours = f"cast(round({_numbers((3.5, 1.0, 1.5, 1.0))}[1 + a] * " + (
            f"(0.6 + 0.8 * {self._dice.u('hours', own)}), 2) as decimal(18,2))"
        )
        return f"""
        select 'te' || ({own}) as entry_id, {_texts(sellers)}[1 + s] as user_id,
            cast({_naive("t")} as date) as date,
            {_texts(("selling", "planning", "data_entry", "other"))}[1 + a] as activity,
            {hours} as hours
        from ({self._events(window, "hours", arms, own)})
        order by day, s, a
        """

    def _surveys(self, window: _Window) -> str:
        u = self._dice.u
        arms = f"select *, t_fin + {10 * _DAY} as t from c where {u('survey')} < 0.6"
        roll = u("score")
        return f"""
        select 'nps' || b as response_id, {_utc("t")} as responded_at,
            printf('%08d', b + 1) as contact_id,
            case when {roll} < 0.12 then {self._dice.whole("low", 7)} when {roll} < 0.4
                then 7 + {self._dice.whole("mid score", 2)}
                else 9 + {self._dice.whole("top", 2)} end
                as score,
            case when {u("comment")} < 0.2 then 'Dobrze, polecam!' || chr(10) || 'Dziękuję.' end
                as comment
        from ({self._events(window, "survey", arms)})
        order by b
        """

    # -- web and calls -----------------------------------------------------------------------------

    def _session_time(self) -> str:
        """The second at which session s of block b starts.

        The first ``visits`` sessions lead up to the contact; the last one is its own, two to ten
        minutes before. The others are strangers within twelve days of it, and at times a return.
        """
        own = f"b * {_SESSIONS_PER_CONTACT} + s"
        whole = self._dice.whole
        led = (
            f"t0 - 120 - {whole('session lead', 480)} - (visits - 1 - s) * gap "
            f"- (case when s < visits - 1 then {whole('session noise', 3600, own)} else 0 end)"
        )
        stranger = _folded(
            f"(t0 + ({whole('stranger', 25, own)} - 12) * {_DAY} "
            f"+ {whole('stranger noise', 14_400, own)} - 7200)"
        )
        back = f"least({_END - 60}, t0 + {3 * _DAY} + {whole('return', 35 * _DAY)})"
        return (
            f"(case when s < visits then greatest({_START} + s * 60, {led}) "
            f"when s = {_SESSIONS_PER_CONTACT - 1} and {self._returns()} then {back} "
            f"else {stranger} end)"
        )

    def _returns(self) -> str:
        return f"(visits > 0 and {self._dice.u('returns')} < 0.4)"

    def _visitor(self) -> str:
        own = f"s < visits or (s = {_SESSIONS_PER_CONTACT - 1} and {self._returns()})"
        return (
            f"'v' || b || (case when {own} then 'x' "
            f"else substr('{_ANONYMOUS_SLOTS}', cast(s + 1 as integer), 1) end)"
        )

    def _sessions(self, window: _Window) -> str:
        own = f"b * {_SESSIONS_PER_CONTACT} + s"
        u = self._dice.u
        arms = f"""
        select *, {self._session_time()} as t
        from (select b, t0, visits, gap, lang, unnest(range({_SESSIONS_PER_CONTACT})) as s
            from {self._near(window)})
        """
        roll, paid = u("web", own), u("campaign", own)
        chosen = f"1 + cast(floor({paid} * {min(len(company.CAMPAIGNS), self._ads)}) as bigint)"

        def campaign(column: int) -> str:
            return f"{_texts(row[column] for row in company.CAMPAIGNS)}[{chosen}]"

        click = f"md5(cast({own} as varchar))"
        organic = (
            f"case when {roll} < 0.62 then 'https://www.google.com/' "
            f"when {roll} < 0.66 then 'https://www.bing.com/' "
            f"when {roll} < 0.70 then 'https://forum.example/watek/17' "
            f"when {roll} < 0.73 then 'https://crm-rating.example/top' "
            f"when {roll} < 0.78 then 'https://m.facebook.com/' end"
        )
        return f"""
        with listed as (
            {self._events(window, "session", arms, own)}
        ),
        drawn as (
            select *, {roll} < 0.38 as is_paid, {roll} >= 0.38 and {roll} < 0.46 as is_mail,
                {campaign(1)} as paid_source
            from listed
        )
        select 's' || ({own}) as session_id, {self._visitor()} as visitor_id,
            {_naive("t")} as started_at,
            case when is_paid then paid_source when is_mail then 'newsletter' end as utm_source,
            case when is_paid then {campaign(2)} when is_mail then 'email' end as utm_medium,
            case when is_paid then {campaign(3)} when is_mail then 'mailing-' || (b % 12) end
                as utm_campaign,
            case when is_paid then 'ad-' || {self._dice.whole("ad", 20, own)} end as utm_content,
            case when is_paid and {u("term", own)} < 0.5
                then {self._dice.pick("term word", _KEYWORDS, own)} end as utm_term,
            case when is_paid and paid_source = 'google' then {click} end as gclid,
            case when is_paid and paid_source = 'yandex' then {click} end as yclid,
            case when is_paid and paid_source in ('facebook', 'instagram') then {click} end
                as fbclid,
            case when is_paid or is_mail then null else {organic} end as referrer,
            'https://xyz.example/' || {self._dice.pick("page", _PAGES, own)} as landing_page,
            {self._dice.weighted("device", {"mobile": 0.58, "desktop": 0.38, "tablet": 0.04}, own)}
                as device,
            case lang when 'pl' then 'PL' when 'uk' then 'UA' else 'GB' end as country,
            cast(null as varchar) as region
        from drawn
        """

    def _call_time(self) -> str:
        """The second of call q of block b; NULL when it never takes place.

        Call 0 is the contact's first, inside its last visit; 1 to 3 are talks with the contact; the
        others come from strangers, 7 to 9 of them by a leased number during session 15 + q.
        """
        own = f"b * {_CALLS_PER_CONTACT} + q"
        whole = self._dice.whole
        during = f"(select_session + 60 + {whole('call after', 400, own)})"
        talk = (
            f"least({_END - 1}, coalesce(t_hand, t0) + (q - 1) * {4 * _DAY} "
            f"+ {whole('talk', 5 * _DAY, own)})"
        )
        stranger = _folded(
            f"(t0 + ({whole('caller day', 25, own)} - 12) * {_DAY} "
            f"+ {whole('caller noise', 14_400, own)} - 7200)"
        )
        return (
            f"(case when q = 0 and origin = 'call' then t0 - 100 when q <= 3 then {talk} "
            f"when q >= 7 then {during} else {stranger} end)"
        )

    def _pool(self, slot: str) -> str:
        """The pool number leased for ``slot`` (0: the contact's visit, 1 to 3: strangers)."""
        return (
            f"'+4822600' || lpad(cast((b * 4 + {slot}) % {self._pool_numbers} as varchar), 4, '0')"
        )

    def _call_rows(self, window: _Window) -> str:
        """Calls with their seconds, the second of the visit of calls 7 to 9, and a path."""
        session = self._session_time()
        return f"""
        select * replace (least(t, {_END - 1}) as t) from (
            select *, {self._call_time()} as t,
                {self._dice.weighted("path", _CALL_PATHS)} as path
            from (
                select *, {session} as select_session
                from (select *, 15 + q as s
                    from (select *, unnest(range({_CALLS_PER_CONTACT})) as q
                        from {self._near(window)}))
            )
        )
        """

    def _calls(self, window: _Window) -> str:
        u, whole = self._dice.u, self._dice.whole
        own = f"b * {_CALLS_PER_CONTACT} + q"
        inbound = f"(q >= 4 or (q = 0 and origin = 'call') or {u('calls back', own)} < 0.3)"
        first = "q = 0 and origin = 'call'"
        known = f"(q <= 3 and {u('unlinked', own)} < 0.8)"
        client = (
            f"case when q <= 3 then {self._written_phone(u('call style', own))} "
            f"else '+48' || (530000000 + {whole('caller', '60000000', 'b * 3 + q % 3')}) end"
        )
        static = self._dice.pick("static number", [row[0] for row in company.STATIC_NUMBERS], own)
        own_number = _quoted(company.OWN_NUMBER)
        dialled = (
            f"case when ({first}) and path = 'lease' then {self._pool('0')} "
            f"when ({first}) and path = 'static' then {static} "
            f"when q >= 7 then {self._pool('q - 6')} "
            f"when q between 4 and 5 then {static} else {own_number} end"
        )
        status = (
            f"case when {u('answer', own)} < 0.80 then 'answered' "
            f"when {u('answer', own)} < 0.94 then 'missed' when {u('answer', own)} < 0.97 "
            "then 'voicemail' when is_in then 'missed' else 'busy' end"
        )
        user = (
            "case when q <= 3 then coalesce(taker, 'u04') else "
            + self._dice.pick("desk", ("u11", "u12", "u16", "u18", "u19"), own)
            + " end"
        )
        vendor = f"({first}) and path = 'vendor source'"
        return f"""
        with picked as (
            select *, {inbound} as is_in
            from ({self._events(window, "call", self._call_rows(window), own)})
        ),
        answered as (
            select *, {status} as outcome from picked
        )
        select cast(9000000000000000000 + {own} as varchar) as call_id,
            {_warsaw("t")} as started_at,
            case when is_in then 'in' else 'out' end as direction,
            case when is_in then {client} else {own_number} end as from_phone,
            case when is_in then {dialled} else {client} end as to_phone,
            {user} as user_id,
            outcome as status,
            cast(3 + {whole("wait", 40, own)} as integer) as wait_seconds,
            cast(case when outcome = 'answered' then {self._dice.wait("talk time", 160, own)} else 0
                end as integer) as talk_seconds,
            case when ({first}) and path = 'vendor session'
                then 's' || (b * {_SESSIONS_PER_CONTACT} + visits - 1) end as session_id,
            case when ({first}) and path = 'vendor session' then 'v' || b || 'x' end as visitor_id,
            case when {known} then printf('%08d', b + 1) end as contact_id,
            cast(null as varchar) as deal_id,
            case when {vendor} then 'google' end as source,
            case when {vendor} then 'cpc' end as medium,
            case when {vendor} then 'brand_en' end as campaign,
            cast(null as varchar) as keyword,
            case when outcome = 'answered'
                then 'https://calls.example/rec/' || ({own}) || '.mp3' end as recording_url,
            cast(1 as integer) as call_count
        from answered
        """

    def _number_leases(self, window: _Window) -> str:
        session = self._session_time()
        arms = f"""
        select *, {session} + 5 as t
        from (
            select *, case when slot = 0 then visits - 1 else 21 + slot end as s
            from (select *, unnest(range(4)) as slot from {self._near(window)})
            where slot > 0 or visits > 0
        )
        """
        held = f"t + 900 + {self._dice.whole('held', 900, 'b * 4 + slot')}"
        return f"""
        select {self._pool("slot")} as phone,
            's' || (b * {_SESSIONS_PER_CONTACT} + s) as session_id, {_naive("t")} as leased_at,
            case when {self._dice.u("open lease", "b * 4 + slot")} >= 0.02 then {_naive(held)} end
                as released_at,
            {self._visitor()} as visitor_id
        from ({self._events(window, "lease", arms, "b * 4 + slot")})
        """

    def _tracking_numbers(self, window: _Window) -> str | None:
        if window.number > 0:
            return None
        rows = [
            f"({_quoted(phone)}, '{kind}', '{source}', '{medium}', nullif('{campaign}', ''))"
            for phone, kind, source, medium, campaign in company.STATIC_NUMBERS
        ]
        rows.append(f"({_quoted(company.OWN_NUMBER)}, 'own', null, null, null)")
        return f"""
        select phone, kind, '2025-10-01 00:00:00' as valid_from, null as valid_to, source, medium,
            campaign, 'call' as event_name
        from (values {", ".join(rows)}) v(phone, kind, source, medium, campaign)
        union all
        select '+4822600' || lpad(cast(i as varchar), 4, '0'), 'pool', '2025-10-01 00:00:00', null,
            null, null, null, 'call'
        from range({self._pool_numbers}) r(i)
        """

    def _enquiries(self, window: _Window) -> str:
        u = self._dice.u
        arms = f"""
        select *, 0 as k, t0 - 30 as t, origin as channel from c where origin <> 'call'
        union all
        select *, 1, t0 + {20 * _DAY} + {self._dice.whole("asks again", 40 * _DAY)},
            {self._dice.pick("second channel", ("form", "chat", "email", "messenger"))}
        from c where {u("asks again")} < 0.12
        """
        on_site = "visits > 0 and k = 0 and channel in ('form', 'chat')"
        linked = f"{u('linked', 'b * 2 + k')} < 0.75"
        return f"""
        select 'q' || (b * 2 + k) as enquiry_id, {_utc("t")} as occurred_at, channel,
            case when {on_site} then 's' || (b * {_SESSIONS_PER_CONTACT} + visits - 1) end
                as session_id,
            case when {on_site} then 'v' || b || 'x' end as visitor_id,
            case when {linked} then printf('%08d', b + 1) end as contact_id,
            first_name as name, email,
            case when {u("gives phone")} < 0.5 then phone end as phone,
            case when channel = 'marketplace' then 'marketplace' when channel = 'walk_in'
                then 'leaflet' end as source,
            case when channel = 'marketplace' then 'listing' when channel = 'walk_in'
                then 'offline' end as medium,
            case when channel in ('form', 'chat') then '/kontakt' end as page
        from ({self._events(window, "enquiry", arms, "b * 2 + k")})
        order by t, b, k
        """

    # -- money -------------------------------------------------------------------------------------

    def _ad_spend(self, window: _Window) -> str:
        """The days of this delivery; the last one states one account's day anew and dearer."""
        own = f"day * {self._ads} + ad"
        u = self._dice.u
        if window.last:
            day = (company.RESTATED_DAY - company.FIRST_DAY).days
            days = f"(select {day} as day)"
            restated = "where platform = 'google_ads' and ad % 17 <> 16"
            factor = 1.07
        else:
            low = (window.low - _START) // _DAY
            high = (min(window.high, _END) - _START) // _DAY
            days, restated, factor = f"range({low}, {high}) x(day)", "", 1.0

        def campaign(column: int) -> str:
            return f"{_texts(row[column] for row in company.CAMPAIGNS)}[1 + campaign_no]"

        shown = f"cast(exp(5.2 + 0.8 * {self._dice.bell('shown', own)}) as bigint)"
        cost = _money(f"clicks * (0.2 + 1.4 * {u('cpc', own)}) * {factor}")
        clicks = f"cast(floor(impressions * (0.01 + 0.05 * {u('ctr', own)})) as bigint)"
        return f"""
        with ads as (
            select *, ad % {len(company.CAMPAIGNS)} as campaign_no
            from {days}, range({self._ads}) y(ad)
        ),
        shown as (
            select *, {campaign(0)} as platform, {shown} as impressions from ads
        ),
        clicked as (
            select *, {clicks} as clicks from shown {restated}
        )
        select date '{company.FIRST_DAY}' + cast(day as integer) as date, platform,
            '0' || (123456780 + campaign_no % 3) as account_id, 'Europe/Warsaw' as account_timezone,
            cast(900 + campaign_no as varchar) as campaign_id, {campaign(3)} as campaign,
            'g' || (ad // 48) as ad_group_id, 'Grupa ' || (ad // 48) as ad_group,
            'a' || (ad // 12) as ad_id,
            case when {campaign(2)} = 'cpc'
                then {_texts(_KEYWORDS)}[1 + (ad // 12) % {len(_KEYWORDS)}] end as keyword,
            {campaign(1)} as source, {campaign(2)} as medium, impressions, clicks,
            {cost} as cost,
            case when platform = 'meta_ads' then 'PLN' when platform = 'linkedin_ads' then 'USD'
                else 'EUR' end as currency,
            cast(floor(clicks * 0.06 * {u("converted", own)}) as bigint) as conversions
        from clicked
        order by day, ad
        """

    def _fx_rates(self, window: _Window) -> str | None:
        """Every day's rates from ten days before the first day to the delivery's own."""
        first = company.FIRST_DAY - timedelta(days=10)
        low = (window.day - first).days if window.number else 0
        if window.number:
            low = (self._windows[window.number - 1].day - first).days + 1
        high = (window.day - first).days + 1
        return f"""
        select date '{first}' + cast(day as integer) as date, currency,
            cast(round(base * (1 + 0.03 * sin(day / 29.0 + phase)
                + 0.002 * ({self._dice.u("rate", "day * 2 + phase")} - 0.5)), 6) as decimal(18,6))
                as rate
        from range({low}, {high}) x(day),
            (values ('PLN', 0.2345, 0), ('USD', 0.9150, 1)) v(currency, base, phase)
        order by day, currency
        """

    # -- Excel sheets ------------------------------------------------------------------------------

    def _write_sheets(self) -> None:
        first, second = self._windows[0], self._windows[1]
        users = [(*user[:5], user[5], "2025-10-15 09:00:00") for user in company.USERS]
        _sheet(
            self._folder(first) / "users.xlsx",
            "users",
            ("user_id", "name", "email", "role", "team", "is_active", "updated_at"),
            users,
        )
        moved = [
            (*user[:4], "International", "true", "2026-10-05 08:00:00")
            for user in company.USERS
            if user[0] == "u16"
        ]
        _sheet(
            self._folder(second) / "users.xlsx",
            "users",
            ("user_id", "name", "email", "role", "team", "is_active", "updated_at"),
            moved,
        )
        _sheet(
            self._folder(first) / "targets.xlsx",
            "targets",
            ("month", "level", "level_id", "metric", "target", "currency"),
            self._target_rows(),
        )
        _sheet(
            self._folder(first) / "manual_costs_2026.xlsx",
            "manual_costs",
            (
                "cost_id",
                "date_from",
                "date_to",
                "source",
                "medium",
                "campaign",
                "amount",
                "currency",
                "kind",
                "is_planned",
            ),
            self._cost_rows(),
        )

    def _months(self) -> list[date]:
        first = company.FIRST_DAY
        return [
            date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1)
            for n in range(12)
        ]

    def _target_rows(self) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = []
        per_month = self._total / 12
        goals = {"leads": 1.0, "calls": 4.0, "deals_won": 0.2, "meetings": 0.3, "revenue": 500.0}
        for number, month in enumerate(self._months()):
            growth = 0.8 + 0.04 * number
            for metric, share in goals.items():
                goal = round(per_month * share * growth)
                money = "EUR" if metric == "revenue" else None
                text = f"{month:%Y-%m}"
                rows.append((text, "company", "xyz", metric, goal, money))
                rows.extend(
                    (text, "team", team, metric, round(goal * share_of), money)
                    for team, share_of in (("Polska", 0.6), ("International", 0.4))
                )
                rows.extend(
                    (text, "user", user[0], metric, round(goal / 11), money)
                    for user in company.USERS
                    if user[3] == "seller"
                )
        return rows

    def _cost_rows(self) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = []
        size = self._total / 1000
        for number, month in enumerate(self._months()):
            last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            label = f"{month:%Y%m}"
            leaflets = round(420.5 * size * (1 + number % 3), 2)
            rows += [
                (f"ulotki-{label}", month, last, "leaflet", "offline", "ulotki", leaflets, "PLN",
                 "offline", False),
                (f"agency-{label}", month, last, "google", "cpc", None, round(100 * size, 2), "EUR",
                 "agency", False),
                (f"numbers-{label}", month, last, "call_tracking", None, None, 49.9, "EUR",
                 "number_rent", False),
            ]  # fmt: skip
        planned = date(2026, 12, 1)
        rows.append(
            ("targi-plan", planned, planned + timedelta(days=4), "trade_fair", "offline",
             "targi_poznan", 2500, "EUR", "offline", True)
        )  # fmt: skip
        return rows


# --------------------------------------------------------------------------------------------------
# Lists
# --------------------------------------------------------------------------------------------------

_LINES: dict[str, str] = {"A": company.SALES, "B": company.INBOUND, "R": company.RENEWAL}
_PRODUCTS: dict[str, float] = {
    "Wdrożenie CRM": 0.35,
    "Abonament roczny": 0.30,
    "Szkolenie": 0.15,
    "Call tracking": 0.15,
    "": 0.05,
}
_COMPETITORS = ("Konkurent A", "Other CRM", "Excel")
_LOST_REASONS: dict[str, float] = {
    "za drogo": 0.35,
    "konkurencja": 0.20,
    "brak kontaktu": 0.25,
    "no budget": 0.12,
    "": 0.08,
}
_MEDIA: dict[str, float] = {"cpc": 0.4, "organic": 0.2, "paid_social": 0.2, "referral": 0.2}
_KEYWORDS = (
    "crm dla firm",
    "program crm",
    "analityka sprzedaży",
    "crm cena",
    "call tracking",
    "crm для бізнесу",
    "sales analytics",
    "best crm 2026",
    "lejek sprzedaży",
    "lead routing",
    "crm demo",
    "crm online",
)
_PAGES = ("", "ebook", "cennik", "demo", "kontakt", "blog/lead-routing", "webinar")
_CALL_PATHS: dict[str, float] = {
    "lease": 0.58,
    "vendor session": 0.12,
    "vendor source": 0.10,
    "static": 0.20,
}


def _values(name: str, rows: list[Row]) -> str:
    """A query of text rows; in Parquet, numbers and naive times get their types."""
    columns = [
        column for column in ENTITIES[name].columns if any(column.name in row for row in rows)
    ]
    typed = _FILES[name][1] == _PARQUET

    def cell(column_name: str, type_: str, row: Row) -> str:
        text = row.get(column_name)
        if text is None or text == "":
            return "cast(null as varchar)"
        if typed and type_ == "integer":
            return f"cast({_quoted(text)} as integer)"
        if typed and type_ == "timestamp" and "+" not in text:
            return f"cast({_quoted(text)} as timestamp)"
        return _quoted(text)

    return " union all by name ".join(
        "select "
        + ", ".join(f"{cell(column.name, column.type, row)} as {column.name}" for column in columns)
        for row in rows
    )


def _sheet(
    path: Path, name: str, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]
) -> None:
    """A workbook of one sheet whose bytes do not depend on when it was made."""
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"created": datetime(2026, 1, 1)})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(name)
    sheet.write_row(0, 0, header)
    for row_number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(row_number, column, datetime.combine(value, time.min), day)
            elif isinstance(value, str):
                sheet.write_string(row_number, column, value)
            else:
                sheet.write(row_number, column, value)
    book.close()
