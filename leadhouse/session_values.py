"""What every session that runs compiled SQL knows: clocks, settings, the hashes' key.

The values are session variables, so that compiled SQL is the same every day, never holds the key,
and needs no new parse when a clock moves.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from duckdb import DuckDBPyConnection

from leadhouse import sqltext as sql
from leadhouse.code_version import code_version, seeds_hash
from leadhouse.dbt_process import RUN_ID_VARIABLE, STARTED_AT_VARIABLE
from leadhouse.settings import Settings

SESSION_VARIABLE = "leadhouse"
"""The session variable that holds them, as a struct."""


def set_session_values(
    cursor: DuckDBPyConnection,
    settings: Settings,
    run_id: str | None = None,
    started_at: datetime | None = None,
) -> None:
    """Set the session variables that the macros read on one cursor.

    ``run_id`` and ``started_at`` (an aware instant) default to the environment's, else to values
    that mark a build by hand.
    """
    started = started_at or datetime.fromisoformat(
        os.environ.get(STARTED_AT_VARIABLE) or datetime.now(UTC).isoformat()
    )
    known_at = settings.as_known_at
    variables = {
        "as_of": f"timestamptz {sql.text(settings.as_of.isoformat())}",
        "as_known_at": f"date {sql.text(known_at.isoformat())}"
        if known_at
        else "cast(null as date)",
        "timezone": sql.text(settings.timezone),
        "source_timezone": sql.text(settings.source_timezone),
        "currency": sql.text(settings.currency),
        "phone_region": sql.text(settings.phone_region),
        "pii_key": sql.text(settings.pii_key.get_secret_value()),
        "run_id": sql.text(run_id or os.environ.get(RUN_ID_VARIABLE) or "by hand"),
        "started_at": f"timestamptz {sql.text(started.isoformat())}",
        "code_version": sql.text(code_version()),
        "seeds_hash": sql.text(seeds_hash()),
    }
    cursor.execute("set timezone = 'UTC'")
    cursor.execute(
        f"create or replace temp macro cleaned_text(given) as {sql.cleaned_sql('given')}"
    )
    # One struct: a statement for each would be most of what a new cursor costs.
    fields = ", ".join(f"{name}: {value}" for name, value in variables.items())
    cursor.execute(f"set variable {SESSION_VARIABLE} = {{{fields}}}")
