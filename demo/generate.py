"""Write a believable company into a drop folder: every entity of the contract, a year of history.

Everything is a pure function of (seed, row number): a hash stands for the dice, so that a row never
depends on the order in which rows are made, and the same seed gives the same bytes. Contacts form
blocks: contact b owns sessions 25 b to 25 b + 24 and calls 10 b to 10 b + 9, so that journeys need no
join. DuckDB streams each file with one thread, which is what keeps its bytes stable; two files are
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

from demo import company, people
from demo.golden import BAD_ROWS, GOLDEN_ROWS, Row
from ingestion.contract import ENTITIES
from ingestion.settings import LeadhouseError

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

_HEAVY_FIRST = ("sessions", "calls", "ad_spend", "contact_stages", "emails", "deal_stages")


class _Writer:
    """Everything that one call of :func:`write_company` knows."""

    def __init__(self, scratch: Path, target: Path, contacts: int, seed: int) -> None:
        self._target = target
        self._contacts = contacts
        self._dice = _Dice(seed)
        self._database = duckdb.connect(str(scratch))
        self._database.execute("set threads = 1")
        self._database.execute("set preserve_insertion_order = true")
        self._database.execute("set TimeZone = 'UTC'")
        self._pool_numbers = max(40, contacts // 500)
        self._ads = max(6, round(contacts * 2 / _DAYS))
        self._windows = _windows()

    def write(self) -> None:
        self._database.execute(f"create table c as {self._contact_sql()}")
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
        columns = [row[0] for row in cursor.execute(f"describe {source}").fetchall()]
        if sql is not None and columns:
            empty = cursor.execute(f"select 1 from ({source}) limit 1").fetchone() is None
            if empty:
                return
        cursor.execute(f"copy ({source}) to {_quoted(str(path))} ({options})")
        cursor.close()

    # -- contacts ----------------------------------------------------------------------------------

    def _contact_sql(self) -> str:
        """The contacts with everything that ever happens to them, in the order of b."""
        u, whole, wait = self._dice.u, self._dice.whole, self._dice.wait
        total = self._contacts
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
            "case when seg = 'N' then (case when u_route < 0.5 then 'direct' else 'none' end) "
            "when u_route < 0.755 then 'handed' when u_route < 0.78 then 'early' "
            "when u_route < 0.86 then 'direct' when u_route < 0.885 then 'other' "
            "when u_route < 0.985 then 'waiting' else 'none' end"
        )
        duplicate = f"case when b > 60 and {u('dup')} < 0.03 then b - 1 - {whole('dup by', 50)}"
        return f"""
        with drawn as (
            select
                b, {self._moment(f'((b + {u("jitter")}) / {total}.0)')} as t0,
                {u('seg')} as u_seg, {u('lang')} as u_lang, {u('route')} as u_route,
                {u('tag')} as pick_tag, {u('seller')} as pick_seller,
                {duplicate} else b end as twin,
                {self._dice.weighted('gender', {'female': 0.47, 'male': 0.47, '': 0.06})} as gender
            from range({total}) r(b)
        ),
        sorted_out as (select *, {segments} as seg from drawn),
        chosen as (
            select *, {tag} as tag, {seller} as seller, {language} as lang, {route} as route,
                {tag_quality} * {seller_quality} as quality,
                case when {u('dup kind')} < 0.6 then twin else b end as mail_of,
                case when {u('dup kind')} >= 0.3 then twin else b end as phone_of,
                {self._dice.weighted('origin', _ORIGINS)} as origin
            from sorted_out
        ),
        handed as (
            select *, {haste} else 1 end as haste,
                case when seg <> 'N' or {u('fair tag')} < 0.6 then t0 + {whole('tagged', 90)} end
                    as t_tag,
                case when route in ('handed', 'early', 'waiting', 'other')
                    then t0 + 60 + {whole('main', 120)} end as t_main,
                case when seg = 'A' then '{company.MAIN_ACCOUNT}' else '{company.INBOUND_ACCOUNT}'
                    end as main_user
            from chosen
        ),
        given as (
            select *,
                case when route = 'handed' then t_main + 240 + {wait('hand', '9 * 3600 * haste')}
                    when route = 'early' then t_main + 30
                    when route in ('direct', 'other') then t0 + 100 + {whole('direct', 3600)}
                    end as t_hand,
                case when route = 'other' then '{company.OUTSIDE_SELLER}' else seller end as taker
            from handed
        ),
        tagged as (
            select * replace (
                    case when route = 'early' and t_tag is not null then t_hand + 3600 else t_tag
                        end as t_tag),
                case when t_hand is not null and {u('fc')} < 0.86
                    then t_hand + 600 + {wait('fc wait', '20 * 3600 * haste')} end as t_fc
            from given
        ),
        first_point as (
            select *, case when t_fc is not null and {u('cp1')} < 0.46 * quality
                then t_fc + {_DAY} + {wait('cp1 wait', 6 * _DAY)} end as t_cp1
            from tagged
        ),
        second_point as (
            select *, case when t_cp1 is not null and {u('cp2')} < 0.62
                then t_cp1 + {2 * _DAY} + {wait('cp2 wait', 19 * _DAY)} end as t_cp2
            from first_point
        ),
        final_point as (
            select *, case when t_cp2 is not null and {u('fin')} < 0.52
                then t_cp2 + {_DAY} + {wait('fin wait', 6 * _DAY)} end as t_fin
            from second_point
        )
        select *,
            case when t_fin is null and t_hand is not null and {u('lost')} < 0.45
                then coalesce(t_cp2, t_cp1, t_fc, t_hand) + {5 * _DAY}
                    + {wait('lost wait', 25 * _DAY)} end as t_lost,
            case when t_hand is not null and {u('again')} < 0.09
                then t_hand + {_DAY} + {wait('again wait', 20 * _DAY)} end as t_again,
            case when {u('edit')} < 0.10 then t0 + {_DAY} + {wait('edit wait', 30 * _DAY)} end
                as t_edit,
            case when {u('gone')} < 0.006 then t0 + {5 * _DAY} + {wait('gone wait', 40 * _DAY)} end
                as t_gone,
            case when b > 500 and b % 500 in (101, 102, 250)
                then t0 + {10 * _DAY} + {whole('merge', 30 * _DAY)} end as t_merged,
            case when origin in ('walk_in', 'manual', 'marketplace') then 0
                else 1 + {whole('visits', 6)} end as visits,
            {_DAY} / 4 + {whole('gap', 6 * _DAY)} as gap,
            {u('nth deal')} as u_deals
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
    def _by_segment(roll: str, choices: dict[str, list[tuple[str, float, float]]]) -> tuple[str, str]:
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
