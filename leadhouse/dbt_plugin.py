"""What every dbt session on DuckDB knows: clocks, settings, how texts are cleaned, the hashes' key.

dbt-duckdb loads this module as a plugin (profiles.yml). The values are session variables, so that
compiled SQL is the same every day, never holds the key, and needs no new parse when a clock moves.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from leadhouse import sqltext as sql
from leadhouse.code_version import code_version
from leadhouse.database import limits
from leadhouse.dbt_process import RUN_ID_VARIABLE, STARTED_AT_VARIABLE
from leadhouse.lock import acquire
from leadhouse.settings import Settings, load_settings, reading_settings


def configure(
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
    }
    cursor.execute("set timezone = 'UTC'")
    cursor.execute(
        f"create or replace temp macro cleaned_text(given) as {sql.cleaned_sql('given')}"
    )
    cursor.execute("; ".join(f"set variable {name} = {value}" for name, value in variables.items()))


class Plugin(BasePlugin):
    """The dbt-duckdb plugin: limits of the process, one build at a time, session variables."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Read the settings once per dbt process and wait for a build that is still running.

        Who only reads what is published (``read_only``) neither waits nor is waited for.
        """
        if plugin_config.get("read_only"):
            self._settings = reading_settings()
            return
        self._settings = load_settings()
        self._settings.candidate_dir.mkdir(parents=True, exist_ok=True)
        # Held for the life of this process, so that an orphaned dbt is waited for.
        self._build_lock = acquire(self._settings.build_lock)

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Apply the limits that hold for the whole process."""
        for name, value in limits(self._settings, self._settings.spill_dir).items():
            conn.execute(f"set {name} = {sql.text(str(value))}")
        conn.execute("set preserve_insertion_order = false")

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Set the session variables on a new cursor; they are not inherited from the connection."""
        configure(cursor, self._settings)
