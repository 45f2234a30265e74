"""What an extractor is: a vendor, its streams, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from ingestion.connectors.client import Answer, Client

ACCOUNT = "_account"
"""The key under which the account stands beside each of its records."""

BEFORE = "_before"
"""The key under which a record has what changed in it since an earlier pull, as it was."""

GONE = "_gone"
"""The key that marks a record of an earlier pull which the vendor does not know any more."""

Record = dict[str, Any]
Cursor = Any
"""Where a pull goes on: JSON that means something to its stream alone."""


@dataclass(frozen=True)
class Window:
    """Days of the account's own time zone, ``until`` not included."""

    since: date
    until: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The instant at which the window begins."""
        return datetime.combine(self.since, time.min, self.zone)

    @property
    def end(self) -> datetime:
        """The instant at which it ends."""
        return datetime.combine(self.until, time.min, self.zone)

    @property
    def last(self) -> date:
        """The last day that is in it."""
        return self.until - timedelta(days=1)

    def split(self, days: int | None) -> list[Window]:
        """Windows of at most so many days that are this one together, the first days first."""
        step = timedelta(days=days) if days else self.until - self.since
        parts = []
        since = self.since
        while since < self.until:
            parts.append(Window(since, min(since + step, self.until), self.zone))
            since = parts[-1].until
        return parts

    def __str__(self) -> str:
        return f"{self.since} to {self.last}"


@dataclass(frozen=True)
class Page:
    """Records as the vendor gave them, and where to go on after them (``None``: they are all)."""

    records: Sequence[Record]
    cursor: Cursor = None


@dataclass(frozen=True)
class Account:
    """One account of a vendor as connectors.toml has it, without its secrets.

    ``secrets`` names environment variables, ``options`` holds the vendor's own keys. Every so many
    ``sweep_days`` (0: never) it is asked what is gone, of which ``sweep_percent`` are believed.
    """

    vendor: str
    name: str
    address: str
    zone: ZoneInfo
    currency: str
    since: date
    streams: tuple[str, ...]
    lookback_days: Mapping[str, int]
    sweep_days: int
    sweep_percent: int | None
    secrets: Mapping[str, str]
    options: Mapping[str, str]

    @property
    def shown_as(self) -> str:
        """The account as messages name it."""
        return f"{self.vendor}.{self.name}"

    @property
    def beside(self) -> Record:
        """What stands beside each record of it, for the vendor's mapping to read.

        Not where it was asked for: the same records are the same lines, whoever served them.
        """
        named = {"name": self.name, "currency": self.currency, "timezone": self.zone.key}
        told = {key: value for key, value in self.options.items() if not key.endswith("address")}
        return named | told


@dataclass(frozen=True)
class Pull:
    """One pull of one window of one stream; pages are asked for through ``client``."""

    account: Account
    client: Client
    window: Window


class Pages(Protocol):
    """Gives the pages of a pull, from the first one or from where an earlier pull had come."""

    def __call__(self, pull: Pull, cursor: Cursor) -> Iterator[Page]:
        """The pages that follow ``cursor`` (``None``: all)."""


@dataclass(frozen=True)
class Watched:
    """Fields of records whose changes the vendor does not tell: they are compared day by day.

    ``key`` holds a record's id. ``fields`` gives the fields by name: a text, or a list of texts, of
    which a record that changed gets the members that are gone.
    """

    key: str
    fields: Callable[[Record], Mapping[str, Any]]


@dataclass(frozen=True)
class Swept:
    """Records of which the vendor does not say that they are deleted: their ids are asked for.

    ``key`` holds a record's id. ``there`` gives those of at most fifty ids that the vendor knows.
    """

    key: str
    there: Callable[[Client, Sequence[str]], Iterable[object]]


@dataclass(frozen=True)
class Stream:
    """One kind of records of a vendor.

    Each record is written under ``envelope``, the keys under which the vendor's own page has its
    list, so that one mapping reads both. A pull goes back ``lookback_days`` before the last one,
    because that long the vendor changes what it has said; ``None`` marks a list without days, which
    is pulled whole and delivered when it changed. ``longest_days`` is what one pull may ask for.
    ``shape`` says where the shape of the records is known from. What is ``watched`` has no history
    at the vendor; what is ``swept`` vanishes there without a word. ``sweep_of`` names the stream
    from which this one has what vanished.
    """

    name: str
    envelope: str
    pages: Pages
    lookback_days: int | None = None
    longest_days: int | None = None
    shape: str = "documentation"
    watched: Watched | None = None
    swept: Swept | None = None
    sweep_of: str = ""

    @property
    def sweep(self) -> Stream:
        """The stream of what is gone from this one, whose files its mappings take as well."""
        return replace(self, name=f"{self.name}_gone", lookback_days=0, sweep_of=self.name)


class Auth(Protocol):
    """How the requests of one account are signed."""

    def sign(self, request: Record) -> None:
        """Add to the request (method, url, params, headers, json) what proves who asks."""

    def renew(self) -> bool:
        """Get another access token after a refusal; whether there is one now."""


@dataclass(frozen=True)
class Vendor:
    """A vendor as the framework knows it.

    ``secrets`` and ``options`` say, by name, what an account needs and what it is for. ``judge``
    raises what :mod:`ingestion.connectors.client` knows where an answer is none although its status
    says so. ``pause`` is the least number of seconds between two requests. ``look`` makes one
    harmless request and says in words what the account can see. ``in_reporting_currency`` says that
    the account's currency must be the warehouse's. ``rights`` says what the token
    needs, ``limits`` which history the vendor keeps and what cannot be had from it. ``read_on`` is
    the day of which the shapes are known.
    """

    name: str
    title: str
    address: str
    secrets: Mapping[str, str]
    options: Mapping[str, str]
    streams: tuple[Stream, ...]
    auth: Callable[[Account, Mapping[str, str], Client, Path], Auth]
    look: Callable[[Account, Client], str]
    judge: Callable[[Answer], None] | None = None
    pause: float = 0.0
    rights: str = ""
    limits: str = ""
    read_on: str = "2026-11-27"
    optional: frozenset[str] = field(default_factory=frozenset)
    in_reporting_currency: bool = False

    def stream(self, name: str) -> Stream:
        """The stream of that name, or the sweep of one."""
        every = (*self.streams, *(each.sweep for each in self.streams if each.swept))
        return next(stream for stream in every if stream.name == name)
