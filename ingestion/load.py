"""Landing: every planned file, whole and exactly once.

What a load's identity depends on is content alone, so that a repeated, forced or interrupted load
ends in the same warehouse.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from time import perf_counter

import duckdb

from ingestion.contract import ENTITIES
from ingestion.inventory import Target
from ingestion.load_log import CurrentLoad, Key, current_loads, unknown_columns
from ingestion.loader import Loader, LoadResult
from ingestion.row_queries import unread_columns
from ingestion.warehouse import show_landed
from leadhouse.database import failures_explained
from leadhouse.progress import steps
from leadhouse.settings import Settings

log = logging.getLogger(__name__)


def land(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    targets: Sequence[Target],
    force: bool = False,
) -> list[LoadResult]:
    """Land each target in one transaction of its own with its row in the load log.

    A bad file is refused whole and the others go on: see :func:`failure_message`. Without ``force``
    a target whose current load has the same content is left alone. Call it under
    :func:`leadhouse.lock.writer_lock`. Raises :class:`LeadhouseError` when the machine, not a
    file, is at fault (disk, memory).
    """
    current = current_loads(con)
    loader = Loader(con, settings, _spend_landed(current, targets))
    known = unknown_columns(con)
    results: list[LoadResult] = []
    rows = 0
    started = perf_counter()
    with failures_explained(settings):
        for target in targets:
            began = perf_counter()
            steps.info(
                "landing: %d of %d files done, %s rows, %s rows a second, now %s",
                len(results),
                len(targets),
                f"{rows:,}",
                f"{rows / (began - started) if rows else 0:,.0f}",
                target.shown_as,
            )
            result = loader.load(target, current.get(Key.of(target)), force)
            rows += result.rows_read
            before = known.setdefault((target.entity, target.mapped_by), set())
            result = replace(
                result,
                seconds=perf_counter() - began,
                new_columns=tuple(
                    name
                    for name in unread_columns(target, result.unknown_columns)
                    if name not in before
                ),
            )
            before.update(result.unknown_columns)
            results.append(result)
            _report(result)
        # A run that ends before this is made up for when the build file is opened again.
        show_landed(con, settings, {target.entity for target in targets} & ENTITIES.keys())
        con.execute("checkpoint")
    return results


def _spend_landed(
    current: Mapping[Key, CurrentLoad], targets: Sequence[Target]
) -> dict[tuple[date, str], str]:
    """The files of spend that stay landed, by their delivery and fingerprint."""
    planned = {Key.of(target) for target in targets}
    spend = {name for name, entity in ENTITIES.items() if entity.kind == "spend"}
    return {
        (key.delivery_date, load.fingerprint): key.file
        for key, load in current.items()
        if load.status == "loaded"
        and load.counts.loaded
        and key.entity in spend
        and key not in planned
    }


def failure_message(results: Sequence[LoadResult], problems: Sequence[str] = ()) -> str | None:
    """One message about every refused file and every problem of the drop folder, else ``None``."""
    refused = [result.error or "" for result in results if result.status == "refused"]
    said = list(dict.fromkeys([*refused, *problems]))
    if not said:
        return None
    lines = "\n".join(f"  - {line}" for line in said)
    number = "one problem" if len(said) == 1 else f"{len(said)} problems"
    return f"Landing found {number}; what was published before stays published:\n{lines}"


def _report(result: LoadResult) -> None:
    target = result.target
    if result.status == "refused":
        log.error("%s was refused: %s", target.shown_as, result.error)
    elif result.status != "unchanged":
        log.info(
            "%s %s as %s: %d read, %d loaded, %d quarantined, %d excluded",
            target.shown_as,
            result.status,
            target.entity,
            result.rows_read,
            result.rows_loaded,
            result.rows_quarantined,
            result.rows_excluded,
        )
    reader = target.mapping.name if target.mapping else target.entity
    if result.unknown_columns:
        log.warning(
            "%s has columns that %s does not know: %s. Their values are kept in _extra.",
            target.shown_as,
            reader,
            ", ".join(result.unknown_columns),
        )
    if result.absent_columns:
        log.warning(
            "%s lacks columns that mapping %s reads: %s. They are taken as empty.",
            target.shown_as,
            reader,
            ", ".join(result.absent_columns),
        )
