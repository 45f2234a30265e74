"""The published builds as pages read them.

A page is drawn from one build and asks everything of that build, also what it asks later, so that
no page ever shows two. A newly published one is what the next page is drawn from.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any

import duckdb

from leadhouse.database import asking, open_build
from leadhouse.errors import LeadhouseError
from leadhouse.kept_builds import current_build
from leadhouse.settings import Settings

Row = dict[str, Any]

_KEPT_OPEN = 2
"""The current build and the one before it, which pages on people's screens may still show."""


class Build:
    """One published build. Every number of a page is a query of it."""

    def __init__(self, settings: Settings, build_id: str) -> None:
        self.id = build_id
        self._settings = settings
        self._con = open_build(settings, build_id, pii=bool(settings.pii))

    def rows(self, query: str, *parameters: object) -> list[Row]:
        """What the query finds, each row by column."""
        with asking(self._con, self._settings) as con:
            found = con.execute(query, list(parameters))
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def row(self, query: str, *parameters: object) -> Row:
        """The first row that the query finds; an empty one when it finds none."""
        return next(iter(self.rows(query, *parameters)), {})

    def value(self, query: str, *parameters: object) -> Any:
        """The one value that the query finds, None when it finds none."""
        return next(iter(self.row(query, *parameters).values()), None)

    @cached_property
    def run(self) -> Row:
        """The row of the run that made the build."""
        return self.row("select * from trust.rpt_run")

    @cached_property
    def data_through(self) -> date:
        """The last day that is complete."""
        last: date | None = self.run["data_through_date"]
        return last or self.run["as_of"].date()

    @property
    def currency(self) -> str:
        """The reporting currency."""
        return str(self.run["currency"])

    @cached_property
    def _comments(self) -> dict[tuple[str, str], str]:
        rows = self.rows(
            "select schema_name || '.' || table_name as name, column_name, comment "
            "from duckdb_columns() where database_name = 'leadhouse' and comment is not null"
        )
        return {(row["name"], row["column_name"]): row["comment"] for row in rows}

    def meaning(self, table: str, column: str) -> str:
        """What the published file says about a column."""
        return self._comments.get((table, column), "")

    @cached_property
    def metrics(self) -> dict[str, Row]:
        """Each metric's row of ``dim_metrics`` by its name."""
        return {row["metric"]: row for row in self.rows("from marts.dim_metrics")}

    @cached_property
    def has_personal_data(self) -> bool:
        """Whether the file with personal data is open beside the other one."""
        return bool(
            self.value("select 1 from duckdb_databases() where database_name = 'leadhouse_pii'")
        )

    def explain(self, error: duckdb.Error) -> LeadhouseError:
        """What a failed query means to the person who looks."""
        return LeadhouseError(
            f"Build {self.id} does not have what this page reads "
            f"({str(error).strip().splitlines()[0]}). It was published by another version of "
            "Leadhouse; `leadhouse run --full` publishes a new one."
        )


class Reader:
    """Opens each build once, for every thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: dict[str, Build] = {}
        self._lock = threading.Lock()

    def current_id(self) -> str:
        """The id of the build that was published last; raises when there is none."""
        build = current_build(self._settings)
        if build is None:
            raise LeadhouseError(
                f"Nothing is published in {self._settings.published_dir} yet. Run `make run`, "
                "or `leadhouse run` with your own deliveries, and this page fills by itself."
            )
        return build

    def current(self) -> Build:
        """The build that was published last; raises when there is none."""
        return self.build(self.current_id())

    def build(self, build_id: str) -> Build:
        """The build of this id; raises :class:`LeadhouseError` when it is not kept any more."""
        with self._lock:
            if build_id not in self._open:
                self._open[build_id] = Build(self._settings, build_id)
                self._close_all_but_the_newest()
            return self._open[build_id]

    def _close_all_but_the_newest(self) -> None:
        # What threads still read is closed when the last of them lets go of it.
        for build_id in list(self._open)[:-_KEPT_OPEN]:
            del self._open[build_id]


def marks(values: Sequence[object]) -> str:
    """Question marks for values, separated by commas."""
    return ", ".join("?" for _ in values)
