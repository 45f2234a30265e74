"""What every step of a run shares: the writer's lock, the settings, the plan, the build file."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from functools import cached_property

import dagster as dg
import duckdb

from ingestion.plan import LandingPlan, make_plan
from ingestion.warehouse import open_warehouse
from leadhouse.database import failures_explained
from leadhouse.errors import LeadhouseError
from leadhouse.lock import writer_lock
from leadhouse.progress import archived_in_words
from leadhouse.settings import Settings, load_settings
from orchestration.workarounds import free_leaked_slots

DAILY = "daily"
"""The job that does everything: lands, builds, checks and publishes."""

STARTED_BY = "leadhouse/started_by"
"""The tag of a run that Dagster did not start."""

POOL = "warehouse"


class RunContext:
    """One run: its settings, read once, so that all its steps see the same clocks.

    The plan of the landing is made when it is first asked for, and the build file is opened then;
    every step takes slices of that plan. ``drop_state`` is the state of the drop folder that the
    plan is of, once the inventory is taken.
    """

    def __init__(self, settings: Settings, run_id: str) -> None:
        self.settings = settings
        self.run_id = run_id
        self.started_at = datetime.now(UTC)
        self.drop_state: str | None = None
        self._open: duckdb.DuckDBPyConnection | None = None

    @cached_property
    def plan(self) -> LandingPlan:
        """What lies in the drop folder, and which of it is to be landed."""
        with self.warehouse() as con:
            return make_plan(con, self.settings)

    @property
    def archived_days(self) -> list[date]:
        """The plan's, once it is made: after a failure nothing more is opened."""
        return self.plan.archived_days if "plan" in vars(self) else []

    @contextmanager
    def warehouse(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The open build file; failures of the machine are explained."""
        with failures_explained(self.settings):
            if self._open is None:
                self._open = open_warehouse(self.settings)
            yield self._open

    def close(self) -> None:
        """Close the build file, so that another process (dbt) can open it."""
        if self._open is not None:
            self._open.close()
            self._open = None


@contextmanager
def begin_run(
    settings: Settings, run_id: str, instance: dg.DagsterInstance | None
) -> Iterator[RunContext]:
    """Wait for the run that is writing, then keep all others waiting until the block ends."""
    with writer_lock(settings), closing(RunContext(settings, run_id)) as run:
        if instance is not None:
            free_leaked_slots(instance, run_id)
        yield run


@dg.resource(description="Holds the writer's lock from the first step of a run to its last.")
def run_context(context: dg.InitResourceContext) -> Iterator[RunContext]:
    """The context of a run that Dagster started."""
    run_id = context.run.run_id if context.run else ""
    with begin_run(load_settings(), run_id, context.instance) as run:
        yield run


@contextmanager
def as_dagster_failure(run: RunContext) -> Iterator[None]:
    """Turn an error that its reader can fix into a failure that shows only its message.

    The deliveries that are landed and no longer in the drop folder are named with it.
    """
    try:
        yield
    except LeadhouseError as error:
        said = f"{error}{archived_in_words(run.archived_days)}"
        raise dg.Failure(description=said, allow_retries=False) from None


def message_of(instance: dg.DagsterInstance, run_id: str) -> str | None:
    """What a failed run says to its reader, ``None`` when nobody foresaw the failure."""
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        data = entry.get_dagster_event().step_failure_data.user_failure_data
        if data and data.description:
            return data.description
    return None
