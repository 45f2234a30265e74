"""The plan of a landing: what lies in the drop folder, and which of it is to be landed.

A run makes it once, under the writer's lock, and hands it on: whoever lands takes a slice of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import duckdb

from ingestion.inventory import Inventory, Target, take_inventory
from ingestion.load_log import (
    UNKNOWN_ENTITY,
    CurrentLoad,
    Key,
    current_loads,
    fingerprint,
    remember_stat,
)
from leadhouse.files import sha256_of
from leadhouse.settings import Settings


@dataclass(frozen=True)
class LandingPlan:
    """The drop folder's content and, of it, the targets that are ``pending``.

    Pending is what is new, changed, refused last time or withdrawn, by delivery, file and entity.
    ``archived`` is what stays landed although its delivery folder has gone.
    """

    inventory: Inventory
    pending: tuple[Target, ...]
    archived: tuple[Target, ...]

    @property
    def entities(self) -> set[str]:
        """The entities that have something to land."""
        return {target.entity for target in self.pending}

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the drop folder itself: full sentences."""
        return self.inventory.problems

    @property
    def delivered_days(self) -> set[date]:
        """The days of which something was delivered and not taken back."""
        return self.inventory.delivered_days | {target.delivery_date for target in self.archived}

    @property
    def archived_days(self) -> list[date]:
        """The deliveries that are landed and no longer in the drop folder, in order."""
        return sorted({target.delivery_date for target in self.archived})

    def slice(
        self, entities: Collection[str] | None = None, days: Collection[date] | None = None
    ) -> list[Target]:
        """The targets of these entities (default: all) that are pending.

        With ``days`` it is all targets of those deliveries, pending or not: they are to be landed
        again.
        """
        targets = list(self.pending)
        if days is not None:
            withdrawn = [target for target in targets if target.withdrawn]
            targets = [
                target
                for target in (*self.inventory.targets, *withdrawn)
                if target.delivery_date in days
            ]
        return [target for target in targets if entities is None or target.entity in entities]


def make_plan(con: duckdb.DuckDBPyConnection, settings: Settings) -> LandingPlan:
    """Walk the drop folder and compare it with the load log of the open build file.

    A file whose size and time are the log's is not read. A delivery folder that has gone
    altogether was archived and stays landed (its refused files are forgotten). Raises
    :class:`LandingError`, see :func:`take_inventory`.
    """
    inventory = take_inventory(settings)
    current = current_loads(con)
    pending = [
        target
        for target in inventory.targets
        if _is_due(con, target, current.pop(Key.of(target), None))
    ]
    gone = [
        Target(*key, path=settings.drop / str(key.delivery_date) / key.file, withdrawn=True)
        for key in current
        if key.entity != UNKNOWN_ENTITY
    ]
    archived = [
        target
        for target in gone
        if target.delivery_date not in inventory.deliveries
        and current[Key.of(target)].status == "loaded"
    ]
    pending += [target for target in gone if target not in archived]
    pending.sort(
        key=lambda target: (
            target.delivery_date,
            target.file,
            target.entity,
            target.mapped_by or "",
        )
    )
    return LandingPlan(inventory, tuple(pending), tuple(archived))


def _is_due(con: duckdb.DuckDBPyConnection, target: Target, load: CurrentLoad | None) -> bool:
    if load is None or load.status != "loaded":
        return True
    if load.fingerprint != fingerprint(target, load.sha256):
        return True
    try:
        stat = target.path.stat()
        if (stat.st_size, stat.st_mtime_ns) == (load.file_size, load.file_mtime_ns):
            return False
        if sha256_of(target.path) != load.sha256:
            return True
    except OSError:
        return True
    remember_stat(con, load, stat)
    return False
