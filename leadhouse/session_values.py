"""What every session that runs compiled SQL knows: clocks, settings, the hashes' key.

The values are session variables, so that compiled SQL is the same every day, never holds the key,
and needs no new parse when a clock moves.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

from duckdb import DuckDBPyConnection

from leadhouse import sqltext as sql
from leadhouse.code_version import code_version, seeds_hash
from leadhouse.dbt_process import RUN_ID_VARIABLE, STARTED_AT_VARIABLE
from leadhouse.settings import Settings

SESSION_VARIABLE = "leadhouse"
"""The session variable that holds them, as a struct."""


def values_of(
    settings: Settings,
    run_id: str | None = None,
    started_at: datetime | None = None,
    project: Path | None = None,
) -> dict[str, datetime | date | str | None]:
    """What every session of a run knows, by name; only a date can be unknown.

    ``run_id`` and ``started_at`` (an aware instant) default to the environment's, else to values
    that mark a build by hand, and ``project``, whose seeds count, to the one of dbt's process.
    """
    return {
        "as_of": settings.as_of,
        "as_known_at": settings.as_known_at,
        "timezone": settings.timezone,
        "source_timezone": settings.source_timezone,
        "currency": settings.currency,
        "phone_region": settings.phone_region,
        "pii_key": settings.pii_key.get_secret_value(),
        "run_id": run_id or os.environ.get(RUN_ID_VARIABLE) or "by hand",
        "started_at": started_at
        or datetime.fromisoformat(
            os.environ.get(STARTED_AT_VARIABLE) or datetime.now(UTC).isoformat()
        ),
        "code_version": code_version(project),
        "seeds_hash": seeds_hash(project),
    }


def set_session_values(
    cursor: DuckDBPyConnection,
    settings: Settings,
    run_id: str | None = None,
    started_at: datetime | None = None,
) -> None:
    """Set the session variables that the macros read on one cursor; see :func:`values_of`."""
    cursor.execute("set timezone = 'UTC'")
    cursor.execute(
        f"create or replace temp macro cleaned_text(given) as {sql.cleaned_sql('given')}"
    )
    # One struct: a statement for each would be most of what a new cursor costs.
    values = values_of(settings, run_id, started_at)
    fields = ", ".join(f"{name}: {_literal(value)}" for name, value in values.items())
    cursor.execute(f"set variable {SESSION_VARIABLE} = {{{fields}}}")


def _literal(value: datetime | date | str | None) -> str:
    match value:
        case datetime():
            return f"timestamptz {sql.text(value.isoformat())}"
        case date():
            return f"date {sql.text(value.isoformat())}"
        case None:
            return "cast(null as date)"
    return sql.text(value)
