"""A company with nothing but a drop folder and a home, landed for real."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
from pydantic import SecretStr

from ingestion import load
from ingestion.load_log import record_unknown
from ingestion.loader import LoadResult
from ingestion.plan import make_plan
from ingestion.warehouse import RAW, open_warehouse
from leadhouse.database import failures_explained
from leadhouse.settings import Settings

DAY = "2024-03-01"


@dataclass
class Company:
    """A drop folder, a home and what a test wants to know of them."""

    settings: Settings

    @property
    def drop(self) -> Path:
        return self.settings.drop

    def deliver(self, file: str, content: str | bytes, day: str = DAY) -> Path:
        path = self.drop / day / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def map(self, text: str, file: str = "export.yml") -> None:
        path = self.drop / "mappings" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def land(self, **choice: Any) -> list[LoadResult]:
        return land(self.settings, **choice)

    def only(self, **choice: Any) -> LoadResult:
        (result,) = self.land(**choice)
        return result

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse_file), read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            return con.execute(sql).fetchall()

    def rows(self, entity: str, columns: str) -> list[tuple[Any, ...]]:
        return self.query(
            f"select {columns} from {RAW}.{entity} "
            "order by _delivery_date, _source_file, _row_number"
        )

    def quarantine(self, columns: str = "row_number, column_name, reason") -> list[tuple[Any, ...]]:
        return self.query(
            f"select {columns} from raw_ledger.quarantine order by file, row_number, reason"
        )

    def with_settings(self, **changes: Any) -> Company:
        return Company(self.settings.model_copy(update=changes))


def land(
    settings: Settings, entity: str | None = None, days: Collection[date] | None = None
) -> list[LoadResult]:
    """What `leadhouse land` does, without the lease."""
    with failures_explained(settings), open_warehouse(settings) as con:
        plan = make_plan(con, settings)
        record_unknown(con, plan.inventory)
        targets = plan.slice(None if entity is None else [entity], days)
        return load.land(con, settings, targets, force=days is not None)


def settings_for(root: Path, **changes: Any) -> Settings:
    settings = Settings(
        drop=root / "drop",
        home=root / "home",
        timezone="Europe/Warsaw",
        source_timezone="Europe/Warsaw",
        currency="EUR",
        phone_region="PL",
        as_of=datetime(2024, 4, 1, tzinfo=UTC),
        as_known_at=None,
        keep_builds=7,
        max_quarantined=1.0,
        unknown_files="warn",
        memory_limit=None,
        threads=2,
        pii_key=SecretStr("0" * 64),
    )
    return settings.model_copy(update=changes)


def accounted(results: Sequence[LoadResult]) -> bool:
    return all(
        result.rows_read == result.rows_loaded + result.rows_quarantined + result.rows_excluded
        for result in results
    )
