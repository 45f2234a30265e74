"""Opening a published file to read it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from leadhouse import sqltext as sql
from leadhouse.errors import LeadhouseError
from leadhouse.paths import MAIN_FILE
from leadhouse.settings import Settings

_DAMAGED = ("Corrupt", "checksum", "not a valid DuckDB database", "WAL file")


@contextmanager
def open_published(
    settings: Settings, file: str = MAIN_FILE, scratch: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the current build's ``file`` (MAIN_FILE or PII_FILE) through its symlink, read-only.

    Instants cast to text, timestamp or date come out in the reporting time zone. ``scratch`` is
    the only folder that the connection can read or write beside the published file; without it,
    none. A build published meanwhile changes nothing here: the file that was opened stays.

    Raises :class:`LeadhouseError` when nothing is published, when the file is damaged or not this
    user's to read, and when it has not the tables that the caller asks for. A failure of
    ``scratch`` (:class:`duckdb.IOException`) is the caller's to explain.
    """
    path = settings.published_dir / file
    if not path.exists():
        raise LeadhouseError(
            f"Nothing is published: there is no {path}. Run `leadhouse run` first."
        )
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        # Beside the database file is where DuckDB would spill to, and that folder is published.
        "temp_directory": str(scratch / "spill") if scratch else "",
    }
    if settings.memory_limit:
        config["memory_limit"] = settings.memory_limit
    if settings.threads:
        config["threads"] = str(settings.threads)
    try:
        with duckdb.connect(str(path), read_only=True, config=config) as con:
            con.execute("set enable_progress_bar = false")
            con.execute(f"set TimeZone = {sql.text(settings.timezone)}")
            if scratch:
                con.execute(f"set allowed_directories = [{sql.text(f'{scratch}/')}]")
            con.execute("set enable_external_access = false")
            con.execute("set lock_configuration = true")
            yield con
    except duckdb.Error as error:
        if scratch and str(scratch) in str(error):
            raise
        raise LeadhouseError(_in_words(error, path)) from error


def _in_words(error: duckdb.Error, path: Path) -> str:
    said = str(error).strip().splitlines()[0]
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        return (
            f"The build in {path} does not have what this command reads ({said}). It was "
            "published by another version of Leadhouse; run `leadhouse run` to publish anew."
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return "The memory does not suffice. Raise LEADHOUSE_MEMORY_LIMIT or ask for less."
    if any(mark in said for mark in _DAMAGED):
        return (
            f"The published file {path} is damaged. `leadhouse publish --rollback` goes back to "
            "the build before it, `leadhouse run` publishes a new one."
        )
    if "ermission denied" in said:
        return f"{path} is readable by its owner only, and you are somebody else."
    return f"{path} cannot be read: {said}"
