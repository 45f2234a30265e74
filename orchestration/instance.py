"""Dagster's instance of this installation: its home folder, its configuration, its daily job."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy

from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import Settings


def use_instance(settings: Settings) -> None:
    """Point this process and its children at Dagster's state under ``LEADHOUSE_HOME``.

    The configuration is the project's dagster.yaml, copied at every start.
    """
    folder = settings.dagster_dir
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    draft = folder / f".dagster.yaml.{os.getpid()}"
    shutil.copyfile(PROJECT_ROOT / "dagster.yaml", draft)
    draft.replace(folder / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["LEADHOUSE_HOME"] = str(settings.home)
    os.environ["LEADHOUSE_DROP"] = str(settings.drop)
    os.environ["DO_NOT_TRACK"] = "1"


def create_storage() -> None:
    """Create the databases of the instance in use, where they are missing.

    Call it before the web server and the daemon start: two processes that find a database missing
    at the same moment get into each other's way while they create it.
    """
    from dagster import DagsterInstance

    with DagsterInstance.get():
        pass


@contextmanager
def quick_event_log() -> Iterator[None]:
    """Spare the event log its waits for the disk while the block runs in this process.

    A run writes some hundred events in a transaction each. In WAL mode ``synchronous = normal``
    can lose the last of them with the power, never damage the file; and one connection that stays
    open spares each of the others the checkpoint that the last one to close has to do.
    """
    kept: dict[str, sqlite3.Connection] = {}

    def on_connect(connection: Any, _record: Any) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        connection.execute("pragma synchronous = normal")
        path = connection.execute("pragma database_list").fetchone()[2]
        if path and path not in kept:
            kept[path] = sqlite3.connect(path, check_same_thread=False)
            kept[path].execute("select count(*) from sqlite_master").fetchone()

    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", on_connect)
    try:
        yield
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "connect", on_connect)
        for connection in kept.values():
            connection.close()
