"""The daily job in this process, without a server: what `leadhouse run` does."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import dagster as dg
from dagster import DagsterEventType

from ingestion.load_log import current_load_ids
from leadhouse.alerts import tell_lateness
from leadhouse.errors import LeadhouseError, UnexpectedFailure
from leadhouse.settings import Settings
from leadhouse.unchanged import note_published
from orchestration.definitions import definitions
from orchestration.defs.raw_assets import raw_key
from orchestration.defs.run_context import STARTED_BY, begin_run
from orchestration.defs.schedules import DAILY_JOB
from orchestration.workarounds import RUN_TAGS, quick_event_log

_RAW_PREFIX = raw_key("").path[0]


def run_daily(settings: Settings, say: Callable[[str], None]) -> None:
    """Run the daily job to its end; ``say`` is told what there is to land.

    The instance must be in use already (:func:`orchestration.instance.use_instance`). Raises
    :class:`LeadhouseError` with the message of the step that failed.
    """
    run_id = str(uuid.uuid4())
    with (
        quick_event_log(),
        dg.DagsterInstance.get() as instance,
        begin_run(settings, run_id, instance) as run,
    ):
        pending = run.plan.entities
        tell_lateness(settings, run.plan.delivered_days)
        number = "1 entity" if len(pending) == 1 else f"{len(pending)} entities"
        say(f"{number} with something new to land" if pending else "nothing new to land")

        run_resource = dg.ResourceDefinition.hardcoded_resource(run)
        job = definitions(settings, run_resource).resolve_job_def(DAILY_JOB.name)
        result = job.execute_in_process(
            instance=instance,
            asset_selection=[
                key
                for key in job.asset_layer.selected_asset_keys
                if key.path[0] != _RAW_PREFIX or key.path[-1] in pending
            ],
            run_id=run_id,
            raise_on_error=False,
            tags={STARTED_BY: "leadhouse run", **RUN_TAGS},
        )
        if result.success:
            with run.warehouse() as con:
                note_published(settings, current_load_ids(con))
    if not result.success:
        raise LeadhouseError(_reason(result))


def _reason(result: dg.ExecuteInProcessResult) -> str:
    """The message of the first step that failed, as its reader should see it."""
    for event in result.all_events:
        if event.event_type == DagsterEventType.STEP_FAILURE:
            failure = event.step_failure_data
            if failure.user_failure_data and failure.user_failure_data.description:
                return str(failure.user_failure_data.description)
            if failure.error:
                cause = failure.error.cause or failure.error
                raise UnexpectedFailure(cause.message.strip())
    raise UnexpectedFailure("the run failed before its first step")
