"""Pulls: each account's streams, window by window, into the drop folder."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from ingestion.connectors.client import Client, Waiting
from ingestion.connectors.comparing import compared
from ingestion.connectors.configuration import read_accounts, secrets_of
from ingestion.connectors.pages import (
    Manifest,
    PullFolder,
    forget_unfinished,
    manifests,
    stream_folder,
)
from ingestion.connectors.sweeping import gone, remembered
from ingestion.connectors.vendor import Account, Cursor, Page, Pull, Stream, Vendor, Window
from ingestion.connectors.vendors import VENDORS
from ingestion.problems import meant
from leadhouse.errors import LeadhouseError
from leadhouse.files import write_whole
from leadhouse.lock import hold
from leadhouse.settings import Settings

log = logging.getLogger(__name__)

_AT_ONCE = 8
_STATES, _RECORDS = "states.sqlite", "records.sqlite"


@dataclass(frozen=True)
class Pulled:
    """What became of one account: its new files, and what went wrong, in words."""

    account: Account
    manifests: tuple[Manifest, ...] = ()
    error: str | None = None


def chosen_accounts(settings: Settings, names: Sequence[str]) -> list[Account]:
    """The accounts of connectors.toml, or those named ``vendor`` or ``vendor.account``.

    Raises :class:`LeadhouseError` for a name that is none.
    """
    accounts = read_accounts(settings.connectors)
    if not accounts:
        raise LeadhouseError(
            f"{settings.connectors} has no account. `leadhouse connect VENDOR` writes one; "
            f"vendors: {', '.join(VENDORS)}."
        )
    known = [name for each in accounts for name in (each.vendor, each.shown_as)]
    for name in names:
        if name not in known:
            raise LeadhouseError(
                f"{settings.connectors.name} has no account {name}.{meant(name, known)} It has: "
                f"{', '.join(each.shown_as for each in accounts)}."
            )
    wanted = [each for each in accounts if {each.vendor, each.shown_as} & set(names)]
    return wanted if names else accounts


def pull_accounts(
    settings: Settings,
    accounts: Sequence[Account],
    asked: tuple[date | None, date | None] = (None, None),
    say: Callable[[str], None] = log.info,
    waiting: Waiting | None = None,
) -> list[Pulled]:
    """Pull all accounts at once; one that fails stops no other."""

    def one(account: Account) -> Pulled:
        done: list[Manifest] = []
        try:
            for manifest in pull_account(settings, account, asked=asked, waiting=waiting):
                done.append(manifest)
                say(f"{account.shown_as} {manifest.stream}: {in_words(manifest)}")
        except LeadhouseError as error:
            return Pulled(account, tuple(done), str(error))
        return Pulled(account, tuple(done))

    with ThreadPoolExecutor(min(_AT_ONCE, len(accounts))) as pool:
        return list(pool.map(one, accounts))


def in_words(manifest: Manifest) -> str:
    """What a file holds and how it was pulled."""
    last = date.fromisoformat(manifest.until) - timedelta(days=1)
    again = f", {manifest.retries} of them again" if manifest.retries else ""
    days = f"{manifest.since} to {last}"
    return f"{manifest.rows:,} rows of {days}, {manifest.requests} requests{again}"


def pull_account(
    settings: Settings,
    account: Account,
    streams: Sequence[str] | None = None,
    asked: tuple[date | None, date | None] = (None, None),
    waiting: Waiting | None = None,
    today: date | None = None,
) -> Iterator[Manifest]:
    """Pull the streams of one account; gives the manifest of each window when it is published.

    ``asked`` are the first and the last day to pull; without them a stream goes on where it ended,
    ``lookback_days`` earlier. ``today`` is the day of the delivery. Raises :class:`LeadhouseError`.
    """
    day = today or datetime.now(account.zone).date()
    folder = settings.extracts_dir / account.vendor / account.name
    with hold(folder / "lock"), open_client(settings, account, waiting) as client:
        chosen = account.streams if streams is None else streams
        plan = _Plan.of(settings, account, chosen, asked, day)
        for stream, window, before in plan.windows():
            client.about = f"{account.shown_as}, stream {stream.name}, {window}"
            pulled = PullFolder(settings.extracts_dir, settings.drop, account, stream, window, day)
            if not pulled.done:
                pages = _pages(settings, Pull(account, client, window), stream, day, pulled.cursor)
                pulled.store(pages, client)
            manifest = pulled.publish(before)
            plan.tick()
            yield manifest
        plan.file.unlink()


def _pages(
    settings: Settings, pull: Pull, stream: Stream, day: date, cursor: Cursor
) -> Iterator[Page]:
    """What the vendor gives, and what is told by comparing it with earlier pulls."""
    kept = stream_folder(settings.extracts_dir, pull.account, stream)
    if stream.swept is not None and stream.sweep_of:
        told = {each.delivery_date for each in manifests(kept.parents[2], pull.account, stream)}
        records = kept.with_name(stream.sweep_of) / _RECORDS
        return gone(pull, stream.swept, records, day, told, cursor)
    pages = stream.pages(pull, cursor)
    if stream.swept is not None:
        pages = remembered(pages, stream.swept, kept / _RECORDS, day)
    if stream.watched is not None:
        pages = compared(pages, stream.watched, kept / _STATES, day)
    return pages


class _Plan:
    """The windows of one pull, which it keeps when it is killed and called again on its day."""

    def __init__(self, settings: Settings, account: Account, asked_for: list[Any]) -> None:
        name = f"plan-{'-'.join(asked_for[3:])}.json"
        self.file = settings.extracts_dir / account.vendor / account.name / name
        self._settings, self._account = settings, account
        self._said: dict[str, Any] = {"asked_for": asked_for, "spans": [], "done": 0}

    @classmethod
    def of(
        cls,
        settings: Settings,
        account: Account,
        streams: Sequence[str],
        asked: tuple[date | None, date | None],
        day: date,
    ) -> _Plan:
        """The plan that a killed pull of the same left, else a new one."""
        plan = cls(settings, account, [str(day), *map(str, asked), *streams])
        if plan.file.exists():
            kept = json.loads(plan.file.read_text(encoding="utf-8"))
            if kept["asked_for"] == plan._said["asked_for"]:
                plan._said = kept
                return plan
        for stream in VENDORS[account.vendor].streams:
            if stream.name in streams:
                forget_unfinished(settings.extracts_dir, account, stream)
                before = manifests(settings.extracts_dir, account, stream)
                window = window_of(account, stream, before, asked, day)
                plan._said["spans"] += [
                    [stream.name, str(part.since), str(part.until)]
                    for part in window.split(stream.longest_days)
                ]
        # Last, so that one that fails keeps nothing else from being pulled.
        if asked == (None, None):
            plan._said["spans"] += plan._sweeps(streams, day)
        plan._keep()
        return plan

    def _sweeps(self, streams: Sequence[str], day: date) -> Iterator[list[str]]:
        """The day, for each stream of which it is to be asked again what is gone."""
        root, account = self._settings.extracts_dir, self._account
        for stream in VENDORS[account.vendor].streams:
            if stream.swept is None or stream.name not in streams or not account.sweep_days:
                continue
            before = manifests(root, account, stream.sweep)
            due = day - timedelta(days=account.sweep_days)
            if not before or date.fromisoformat(before[-1].delivery_date) <= due:
                forget_unfinished(root, account, stream.sweep)
                yield [stream.sweep.name, str(day), str(day + timedelta(days=1))]

    def windows(self) -> Iterator[tuple[Stream, Window, Manifest | None]]:
        """What is still to be pulled, with the latest manifest of its stream."""
        for name, since, until in self._said["spans"][self._said["done"] :]:
            stream = VENDORS[self._account.vendor].stream(name)
            days = date.fromisoformat(since), date.fromisoformat(until)
            before = manifests(self._settings.extracts_dir, self._account, stream)
            yield stream, Window(*days, self._account.zone), before[-1] if before else None

    def tick(self) -> None:
        """The next window is published."""
        self._said["done"] += 1
        self._keep()

    def _keep(self) -> None:
        write_whole(self.file, json.dumps(self._said))


def window_of(
    account: Account,
    stream: Stream,
    before: Sequence[Manifest],
    asked: tuple[date | None, date | None],
    day: date,
) -> Window:
    """The days to pull: those asked for, else from the last pull on, with the days that change."""
    first, last = asked
    until = (last or day) + timedelta(days=1)
    if stream.lookback_days is None:
        return Window(day, day + timedelta(days=1), account.zone)
    if first is None:
        first = account.since
        if before:
            lookback = account.lookback_days.get(stream.name, stream.lookback_days)
            reached = max(date.fromisoformat(manifest.until) for manifest in before)
            first = max(account.since, min(reached, until) - timedelta(days=lookback + 1))
    if first >= until:
        raise LeadhouseError(
            f"{account.shown_as}, stream {stream.name}: there is no day from {first} to "
            f"{until - timedelta(days=1)}. Name an earlier first day."
        )
    return Window(first, until, account.zone)


@contextmanager
def open_client(
    settings: Settings, account: Account, waiting: Waiting | None = None
) -> Iterator[Client]:
    """A client that is signed in. Raises :class:`LeadhouseError` for a secret that is not set."""
    vendor = VENDORS[account.vendor]
    if vendor.in_reporting_currency and account.currency != settings.currency:
        raise LeadhouseError(
            f"{account.shown_as}: its currency is {account.currency}, but the reporting currency "
            f"is {settings.currency}. Write {settings.currency} in connectors.toml, and extract "
            "all days again."
        )
    secrets = secrets_of(account, os.environ)
    client = Client(account.address, vendor.pause, vendor.judge, secrets.values(), waiting)
    client.about = account.shown_as
    try:
        client.auth = vendor.auth(account, secrets, client, tokens_file(settings, account))
        yield client
    finally:
        client.close()


def tokens_file(settings: Settings, account: Account) -> Path:
    """Where the tokens that a vendor changes are kept."""
    return settings.extracts_dir / account.vendor / account.name / "tokens.json"


def look(settings: Settings, account: Account, waiting: Waiting | None = None) -> str:
    """Make one harmless call; what the account can see, in words."""
    vendor: Vendor = VENDORS[account.vendor]
    with open_client(settings, account, waiting) as client:
        return vendor.look(account, client)
