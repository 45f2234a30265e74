"""What every step of a run shares: the writer's lease, the settings, the run's identity."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from leadhouse.errors import LeadhouseError
from leadhouse.lock import writer_lock
from leadhouse.settings import Settings, load_settings

POOL = "warehouse"


@dataclass(frozen=True)
class House:
    """The settings as they were when the run began, so that all its steps see the same clocks."""

    settings: Settings
    run_id: str
    started_at: datetime


@dg.resource(description="Holds the writer's lease from the first step of a run to its last.")
def house(context: dg.InitResourceContext) -> Iterator[House]:
    """Wait for the run that is writing, then keep everybody else waiting until this one ends."""
    settings = load_settings()
    with writer_lock(settings):
        if context.instance is not None:
            free_leaked_slots(context.instance, context.run_id)
        yield House(settings, context.run_id or "", datetime.now(UTC))


def free_leaked_slots(instance: dg.DagsterInstance, run_id: str | None) -> None:
    """Give back what a killed run still claims of the pool.

    Slots are claimed only under the lease, so whoever holds the lease knows that every other
    claim belongs to a run that is dead. Without a daemon nobody else would free them.
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


@contextmanager
def clear_failures() -> Iterator[None]:
    """Turn an error that its reader can mend into a failure that shows only its message."""
    try:
        yield
    except LeadhouseError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
