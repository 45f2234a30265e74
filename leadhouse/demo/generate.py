"""Write a believable company into a drop folder: every entity of the contract, a year of history.

Everything is a pure function of (seed, row number): a hash stands for the dice, so that a row never
depends on the order in which rows are made, and the same seed gives the same bytes. Contacts form
blocks, so that journeys need no join: contact b owns sessions 25 b to 25 b + 24 and calls 10 b to
10 b + 9. DuckDB streams each file with one thread, which keeps its bytes stable; two files are
written at a time.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingestion.contract import ENTITIES
from leadhouse.database import connect
from leadhouse.demo import activity, calls, clients, contacts, deals, money, persons, sheets, web
from leadhouse.demo.deliveries import Window
from leadhouse.demo.dice import quoted
from leadhouse.demo.golden import BAD_ROWS, GOLDEN_ROWS, Row
from leadhouse.demo.plan import Plan
from leadhouse.errors import LeadhouseError

SCALES: dict[str, int] = {"S": 1_000, "M": 200_000, "L": 2_000_000}
"""Contacts of each scale; everything else grows with them."""


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
        _Writer(draft / "company.duckdb", target, Plan.of(SCALES[scale], seed)).write()
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
class _File:
    """One entity's file: its name, how DuckDB writes it, and the query of a delivery's rows."""

    name: str
    options: str
    rows: Callable[[Plan, Window], str | None]


_CSV = "format csv, header"
_SEMICOLON = "format csv, header, delimiter ';'"
_GZIP = "format csv, header, compression gzip"
_JSON = "format json"
_PARQUET = "format parquet, compression zstd, row_group_size 122880"

_FILES: dict[str, _File] = {
    "accounts": _File("accounts.csv", _CSV, clients.accounts),
    "contacts": _File("contacts.csv", _CSV, contacts.contacts),
    "contact_merges": _File("contact_merges.csv", _CSV, contacts.contact_merges),
    "contact_tags": _File("contact_tags.csv", _CSV, contacts.contact_tags),
    "contact_owners": _File("contact_owners.csv", _SEMICOLON, contacts.contact_owners),
    "contact_stages": _File("contact_stages.csv.gz", _GZIP, contacts.contact_stages),
    "pipeline_stages": _File("pipeline_stages.csv", _CSV, deals.pipeline_stages),
    "deals": _File("deals-crm.csv", _CSV, deals.deals),
    "deal_stages": _File("deal_stages.csv", _CSV, deals.deal_stages),
    "deal_contacts": _File("deal_contacts.csv", _CSV, deals.deal_contacts),
    "deal_items": _File("deal_items.csv", _CSV, deals.deal_items),
    "payments": _File("payments.csv", _SEMICOLON, deals.payments),
    "tasks": _File("tasks.parquet", _PARQUET, activity.tasks),
    "meetings": _File("meetings.jsonl", _JSON, activity.meetings),
    "emails": _File("emails.parquet", _PARQUET, activity.emails),
    "time_entries": _File("time_entries.csv", _CSV, activity.time_entries),
    "surveys": _File("surveys.csv", _CSV, activity.surveys),
    "tickets": _File("tickets.csv", _CSV, clients.tickets),
    "reviews": _File("reviews.csv", _CSV, clients.reviews),
    "product_usage": _File("product_usage.csv", _CSV, clients.product_usage),
    "calls": _File("calls-part1.parquet", _PARQUET, calls.calls),
    "tracking_numbers": _File("tracking_numbers.csv", _CSV, web.tracking_numbers),
    "number_leases": _File("number_leases.parquet", _PARQUET, web.number_leases),
    "sessions": _File("sessions.parquet", _PARQUET, web.sessions),
    "enquiries": _File("enquiries.jsonl", _JSON, web.enquiries),
    "ad_spend": _File("ad_spend_all.csv.gz", _GZIP, money.ad_spend),
    "fx_rates": _File("fx_rates.csv", _CSV, money.fx_rates),
}

_HEAVY_FIRST = ("sessions", "calls", "ad_spend", "contact_stages", "emails", "deal_stages")


class _Writer:
    """Everything that one call of :func:`write_company` knows."""

    def __init__(self, scratch: Path, target: Path, plan: Plan) -> None:
        self._plan = plan
        self._folders = [target / window.day.isoformat() for window in plan.windows]
        self._mappings = target / "mappings"
        self._database = connect(scratch)
        self._database.execute("set threads = 1")
        self._database.execute("set preserve_insertion_order = true")

    def write(self) -> None:
        plan = self._plan
        self._database.execute(f"create table drawn_contacts as {persons.drawn_contacts(plan)}")
        self._database.execute(f"create table c as {persons.named_contacts(plan)}")
        self._database.execute("drop table drawn_contacts")
        self._database.execute(f"create table d as {deals.planned_deals(plan)}")
        for folder in self._folders:
            folder.mkdir()
        order = sorted(_FILES, key=lambda name: name not in _HEAVY_FIRST)
        with ThreadPoolExecutor(2) as pool:
            waiting = [
                pool.submit(self._copy, name, window, _FILES[name].rows(plan, window))
                for window in plan.windows
                for name in order
            ]
            for one in waiting:
                one.result()
        sheets.write_sheets(plan, self._folders)
        for window in plan.windows:
            self._write_private_deals(window)
        self._mappings.mkdir()
        (self._mappings / "victor.yml").write_text(sheets.workbook_mapping(), encoding="utf-8")
        self._database.close()

    def _write_private_deals(self, window: Window) -> None:
        rows = self._database.execute(deals.private_deals(self._plan, window))
        header = tuple(column[0] for column in rows.description or ())
        path = self._folders[window.number] / "victor.xlsx"
        if cards := rows.fetchall():
            sheets.write_sheet(path, "Szanse", header, cards)

    def _copy(self, name: str, window: Window, sql: str | None) -> None:
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
        path = self._folders[window.number] / _FILES[name].name
        options = _FILES[name].options
        copied = cursor.execute(f"copy ({source}) to {quoted(str(path))} ({options})").fetchone()
        if copied is None or copied[0] == 0:
            path.unlink()
        cursor.close()


def _values(name: str, rows: list[Row]) -> str:
    """A query of text rows; in Parquet, numbers and naive times get their types."""
    columns = [
        column for column in ENTITIES[name].columns if any(column.name in row for row in rows)
    ]
    typed = _FILES[name].options == _PARQUET

    def cell(column_name: str, type_: str, row: Row) -> str:
        text = row.get(column_name)
        if text is None or text == "":
            return "cast(null as varchar)"
        if typed and type_ == "integer":
            return f"cast({quoted(text)} as integer)"
        if typed and type_ == "timestamp" and "+" not in text:
            return f"cast({quoted(text)} as timestamp)"
        return quoted(text)

    return " union all by name ".join(
        "select "
        + ", ".join(f"{cell(column.name, column.type, row)} as {column.name}" for column in columns)
        for row in rows
    )
