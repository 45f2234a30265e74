"""What an account looks like before it is pulled: a few pages, landed in a folder that goes again.

Users, stages and tags are those that a pull lands, by their ids there, because the vendor's own
mapping reads the pages; no vendor needs code for it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ingestion.connectors.client import Client, Waiting
from ingestion.connectors.extract import open_client
from ingestion.connectors.pages import PullFolder
from ingestion.connectors.vendor import Account, Page, Pull, Stream, Window
from ingestion.connectors.vendors import VENDORS
from ingestion.inventory import READY_MAPPINGS
from ingestion.load import failure_message, land
from ingestion.mapping.reading import read_mappings
from ingestion.plan import make_plan
from ingestion.warehouse import RAW, open_warehouse
from leadhouse.database import failures_explained
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings

_DAYS = 90
"""So many days back are looked at."""
_PAGES = 10
"""So many pages of a stream at most."""
_ENTITIES = ("users", "pipeline_stages", "contact_tags")


@dataclass(frozen=True)
class Stage:
    """A stage as it lands; ``kind`` is open, won or lost."""

    name: str
    kind: str


@dataclass(frozen=True)
class Sample:
    """The users (id and name), the stages of each pipeline in their order, and the tags, seen."""

    users: Mapping[str, str]
    pipelines: Mapping[str, Sequence[Stage]]
    tags: Sequence[str]


def sample_of(settings: Settings, account: Account, waiting: Waiting | None = None) -> Sample:
    """Pull a little of an account and land it aside.

    Raises :class:`LeadhouseError` for what cannot be pulled or landed.
    """
    day = datetime.now(account.zone).date()
    with TemporaryDirectory(dir=_made(settings.home), prefix=".sample-") as scratch:
        root = Path(scratch)
        aside = settings.model_copy(update={"home": root / "home", "drop": root / "drop"})
        _made(aside.drop)
        if (settings.drop / "mappings").is_dir():
            shutil.copytree(settings.drop / "mappings", aside.drop / "mappings")
        with open_client(settings, account, waiting) as client:
            for stream in _streams(account):
                _store(root, aside, account, client, stream, day)
        return _landed(aside)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _streams(account: Account) -> Iterator[Stream]:
    """The account's streams that a shipped mapping makes one of the entities of."""
    file = f"{account.vendor}.yml"
    mappings = read_mappings(READY_MAPPINGS / file, file).mappings
    for name in account.streams:
        pulled = f"{account.vendor}_{name}-{account.name}.jsonl.gz"
        if any(each.entity in _ENTITIES and each.takes(pulled) for each in mappings):
            yield VENDORS[account.vendor].stream(name)


def _store(
    root: Path, aside: Settings, account: Account, client: Client, stream: Stream, day: date
) -> None:
    days = min(_DAYS, stream.longest_days or _DAYS)
    window = Window(day - timedelta(days=days - 1), day + timedelta(days=1), account.zone)
    client.about = f"{account.shown_as}, stream {stream.name}, {window}"
    folder = PullFolder(root / "extracts", aside.drop, account, stream, window, day)
    pages = islice(stream.pages(Pull(account, client, window), None), _PAGES)
    # Without cursors: nothing goes on here.
    folder.store((Page(page.records) for page in pages), client)
    folder.publish(None)


def _landed(aside: Settings) -> Sample:
    with failures_explained(aside), open_warehouse(aside) as con:
        plan = make_plan(con, aside)
        if said := failure_message(land(con, aside, plan.slice()), plan.problems):
            raise LeadhouseError(said)

        def rows(query: str) -> list[Any]:
            return con.execute(query).fetchall()

        pipelines: dict[str, list[Stage]] = {}
        for pipeline, stage, kind in rows(
            "select distinct on (pipeline, stage) pipeline, stage, kind "
            f"from {RAW}.pipeline_stages "
            "order by pipeline, try_cast(position as bigint), stage"
        ):
            pipelines.setdefault(pipeline, []).append(Stage(stage, kind))
        users = rows(
            f"select distinct on (user_id) user_id, name from {RAW}.users "
            "where coalesce(lower(is_active), 'true') not in ('false', '0', 'no') order by user_id"
        )
        tags = rows(f"select tag from {RAW}.contact_tags group by tag order by count(*) desc, tag")
    return Sample(dict(users), pipelines, [tag for (tag,) in tags])
