"""What works around Dagster: everything here can go when the issue it names is solved."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy
from dagster._core.events import AssetMaterializationPlannedData, DagsterEvent
from dagster._core.storage.event_log import SqliteEventLogStorage

_BUSY_SECONDS = 30
"""How long SQLite waits for another process that writes; Dagster's own choice."""


def create_storage() -> None:
    """Create the databases of the instance in use, where they are missing.

    Two processes (web server, daemon) that find a database missing at the same moment get into
    each other's way while they create it. The errors that Dagster knows of are caught in it
    (https://github.com/dagster-io/dagster/pull/10809), others still end one of the two.
    """
    with dg.DagsterInstance.get() as instance:
        _begin_consumer(instance)


def _begin_consumer(instance: dg.DagsterInstance) -> None:
    """Say where the daemon that looks for failed runs begins, which it warns of at its first start.

    It begins with what happens from now on, as it would by itself
    (https://github.com/dagster-io/dagster/pull/11681).
    """
    storage, latest = instance.daemon_cursor_storage, instance.event_log_storage
    kinds = (dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS)
    keys = {f"EVENT_LOG_CONSUMER_CURSOR-{kind.value}" for kind in kinds}
    unset = keys - storage.get_cursor_values(keys).keys()
    if unset:
        newest = str(latest.get_maximum_record_id() or 0)
        storage.set_cursor_values(dict.fromkeys(unset, newest))


def silence_known_warnings() -> None:
    """Let `dagster dev` not advise another tool (https://github.com/dagster-io/dagster/pull/32940).

    That tool wants a project laid out its own way.
    """
    os.environ["PYTHONWARNINGS"] = "ignore:Function `dev_command` is superseded"


@contextmanager
def quick_event_log() -> Iterator[None]:
    """Keep the event log's connections, and spare it waits for the disk, while the block runs.

    A run writes some hundred events, in a transaction each, and Dagster has no bulk write
    (https://github.com/dagster-io/dagster/issues/19618): for each of them it makes an engine, a
    connection and the compiled statement anew, which was a sixth of a small run. In WAL mode
    ``synchronous = normal`` can lose the last of them with the power, never damage the file.
    """
    engines: dict[str, sqlalchemy.Engine] = {}

    @contextmanager
    def connect(storage: Any, shard: str) -> Iterator[sqlalchemy.Connection]:
        with storage._db_lock:
            address = storage.conn_string_for_shard(shard)
            if address not in engines:
                engine = sqlalchemy.create_engine(address, connect_args={"timeout": _BUSY_SECONDS})
                sqlalchemy.event.listen(engine, "connect", _in_no_hurry)
                storage._initdb(engine)
                engines[address] = engine
            with engines[address].begin() as connection:
                yield connection

    usual = SqliteEventLogStorage._connect
    SqliteEventLogStorage._connect = connect  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        SqliteEventLogStorage._connect = usual  # type: ignore[method-assign]
        for engine in engines.values():
            engine.dispose()


def _in_no_hurry(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("pragma synchronous = normal")


def free_leaked_slots(instance: dg.DagsterInstance, run_id: str) -> None:
    """Give back what a killed run still claims of the pool. Call it under the writer's lock.

    Slots are claimed only under that lock, so every other claim belongs to a run that is dead.
    The daemon frees them when told to (``free_slots_after_run_end_seconds`` in dagster.yaml,
    https://github.com/dagster-io/dagster/issues/32560); without a daemon nobody does.
    """
    storage = instance.event_log_storage
    if not storage.supports_global_concurrency_limits:
        return
    for key in storage.get_concurrency_keys():
        info = storage.get_concurrency_info(key)
        claims = {slot.run_id for slot in info.claimed_slots}
        claims |= {step.run_id for step in info.pending_steps}
        for other in claims - {run_id}:
            storage.free_concurrency_slots_for_run(other)


def remove_run_files(instance: dg.DagsterInstance, run_id: str) -> None:
    """Remove what ``delete_run`` leaves behind: the run's emptied database and its folder."""
    home = Path(instance.root_directory)
    for file in (home / "history" / "runs").glob(f"{run_id}.db*"):
        file.unlink()
    shutil.rmtree(home / "storage" / run_id, ignore_errors=True)


def plan_partitions(
    context: dg.AssetExecutionContext, key: dg.AssetKey, days: Collection[date]
) -> None:
    """Let these partitions count as failed when the run of ``context`` fails.

    Dagster knows a failed partition by a run that planned it and ended without it. What a run
    without partitions finds out about them while it runs can be reported by a public event when it
    went well, not when it failed (https://github.com/dagster-io/dagster/issues/15666).
    """
    for day in sorted(days):
        context.instance.report_dagster_event(
            DagsterEvent.build_asset_materialization_planned_event(
                context.job_name,
                context.op_execution_context.get_step_execution_context().step.key,
                AssetMaterializationPlannedData(key, partition=day.isoformat()),
            ),
            context.run.run_id,
        )


RUN_TAGS = {".dagster/repository": "__repository__@orchestration.definitions"}
"""Without them a run of the command line is not among its job's runs in the UI, which looks for the
place that the daemon loaded the job from (https://github.com/dagster-io/dagster/issues/17707)."""
