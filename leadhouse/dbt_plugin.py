"""Our part of dbt on DuckDB, which dbt-duckdb loads as a plugin (profiles.yml)."""

from __future__ import annotations

from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from leadhouse import sqltext as sql
from leadhouse.database import limits
from leadhouse.lock import acquire
from leadhouse.session_values import set_session_values
from leadhouse.settings import load_settings, reading_settings


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
        set_session_values(cursor, self._settings)
