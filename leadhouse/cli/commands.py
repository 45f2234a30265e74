"""What the commands of the command line do that need no Dagster."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from ingestion import load
from ingestion.contract import ENTITIES
from ingestion.load_log import record_unknown
from ingestion.plan import make_plan
from ingestion.warehouse import open_warehouse
from leadhouse import publishing
from leadhouse.build import build_events
from leadhouse.database import failures_explained
from leadhouse.errors import LeadhouseError
from leadhouse.lock import writer_lock
from leadhouse.progress import in_words
from leadhouse.settings import Settings

Say = Callable[[str], None]


def land(settings: Settings, say: Say, entity: str | None, days: tuple[str, ...]) -> None:
    """Land what is new or changed; deliveries named in ``days`` are landed again.

    Raises :class:`LeadhouseError` when a file was refused; the other files are loaded then.
    """
    if entity is not None and entity not in ENTITIES:
        names = ", ".join(ENTITIES)
        raise LeadhouseError(f"There is no entity {entity!r}. The entities are {names}.")
    chosen = {_day(text) for text in days} or None
    with writer_lock(settings), failures_explained(settings), open_warehouse(settings) as con:
        plan = make_plan(con, settings)
        record_unknown(con, plan.inventory)
        targets = plan.slice(None if entity is None else [entity], chosen)
        results = load.land(con, settings, targets, force=chosen is not None)
    say(f"landed {in_words(results)}")
    if message := load.failure_message(results, plan.problems):
        raise LeadhouseError(message)


def build(settings: Settings, say: Say) -> None:
    """Build, check and seal the candidate."""
    with writer_lock(settings):
        open_warehouse(settings).close()
        for _ in build_events(settings, str(uuid.uuid4()), datetime.now(UTC)):
            pass
    say("`leadhouse publish` makes them current")


def publish(settings: Settings, say: Say, rollback: bool) -> None:
    """Publish the sealed candidate, or go back to the build before the current one."""
    with writer_lock(settings):
        if rollback:
            say(f"went back to build {publishing.rollback(settings)}")
            return
        done = publishing.publish(settings)
    say(f"audited {done.tables} tables with {done.rows:,} rows")


def demo(folder: Path, say: Say, scale: str, seed: int) -> None:
    """Write the made-up company; refuses a folder that already holds something."""
    from leadhouse.demo.generate import write_company

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LeadhouseError(
            f"{folder} is not empty, and the demo never mixes with other files. Name an empty "
            "folder with --drop, or remove this one first."
        )
    write_company(folder, scale, seed)
    say(f"wrote the demo company ({scale}, seed {seed}) to {folder}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LeadhouseError(f"--day is {text!r}. Write a delivery day like 2024-03-01.") from None
