"""A build beside what is published: of the same landed rows, in files of its own.

No Dagster here.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ingestion.load_log import SCHEMA, TABLES
from ingestion.warehouse import open_warehouse
from leadhouse import sqltext as sql
from leadhouse.build import check_space
from leadhouse.errors import LeadhouseError
from leadhouse.lock import writer_lock
from leadhouse.settings import Settings

_DRAFT = "aside"


@contextmanager
def home_aside(settings: Settings, folder: Path) -> Iterator[Settings]:
    """A home for a build or two of what has landed in this one, under the writer's lock.

    What the block publishes there becomes ``folder``, which replaces what an earlier call made of
    it. A block that fails, or is interrupted or terminated, leaves no trace; what a killed one
    left is removed by the next run.

    Raises :class:`LeadhouseError` when ``folder`` holds other things, nothing has landed, or the
    disk cannot hold a build.
    """
    home = settings.scratch_dir / _DRAFT
    _refuse_others(settings, folder)
    check_space(settings)
    with writer_lock(settings), _termination_interrupts():
        try:
            aside = settings.model_copy(update={"home": home})
            _copy_landed(settings, aside)
            yield aside
            _hand_over(aside.published_dir, folder)
        finally:
            shutil.rmtree(home, ignore_errors=True)


def _refuse_others(settings: Settings, folder: Path) -> None:
    """A home, or any other folder with something in it, is not to be written into."""
    own = settings.published_dir.name
    found = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if folder.exists() and (folder == settings.home or not folder.is_dir() or set(found) - {own}):
        raise LeadhouseError(
            f"{folder} holds other things. Name a new folder, or one that an earlier call made."
        )


def _copy_landed(settings: Settings, aside: Settings) -> None:
    """Give the home ``aside`` the load log, the landed files and the key of this one.

    dbt's artifacts are kept, as those of other builds: the next one parses what changed.
    """
    with open_warehouse(settings) as con:
        if not con.execute(f"select 1 from {SCHEMA}.loads limit 1").fetchall():
            raise LeadhouseError(
                f"Nothing has landed in {settings.home} yet. Run `leadhouse land` first."
            )
        aside.home.mkdir(parents=True)
        _copy_load_log(con, aside.warehouse_file)
    shutil.copytree(settings.landing_dir, aside.landing_dir, copy_function=_link)
    if settings.pii_key_file.exists():
        shutil.copy2(settings.pii_key_file, aside.pii_key_file)
    artifacts = settings.artifacts_dir(_DRAFT)
    artifacts.mkdir(parents=True, exist_ok=True)
    aside.manifest_dir.symlink_to(artifacts)
    open_warehouse(aside).close()


def _hand_over(published: Path, folder: Path) -> None:
    """Move what was published to ``folder``, whole or not at all, also to another disk."""
    goal, draft = folder / published.name, folder / f".{published.name}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        shutil.move(published, draft)
        shutil.rmtree(goal, ignore_errors=True)
        draft.rename(goal)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy_load_log(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    con.execute(f"attach {sql.text(str(file))} as aside")
    con.execute(f"create schema aside.{SCHEMA}")
    for table in TABLES:
        con.execute(f"create table aside.{SCHEMA}.{table} as from {SCHEMA}.{table}")
    con.execute("detach aside")


def _link(source: str, goal: str) -> None:
    """Landed files never change, so that a second name will do; not every file system has any."""
    try:
        os.link(source, goal)
    except OSError:
        shutil.copy2(source, goal)


@contextmanager
def _termination_interrupts() -> Iterator[None]:
    """Let a signal to terminate end the block as Ctrl-C does, so that it cleans up."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
