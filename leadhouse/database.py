"""DuckDB: the one place that opens it, with which limits, and what its failures mean."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from leadhouse import sqltext as sql
from leadhouse.errors import LeadhouseError
from leadhouse.paths import MAIN_FILE, PII_FILE
from leadhouse.settings import Settings

Options = dict[str, str | bool | int | float | list[str]]

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DAMAGED = ("Corrupt", "checksum", "not a valid DuckDB database", "WAL file")


# --- opening -----------------------------------------------------------------------------------


def connect(
    file: Path | None = None, options: Options | None = None, read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    """A connection to ``file``, or to memory alone, that reads and writes times in UTC."""
    con = duckdb.connect(file or ":memory:", read_only=read_only, config=options or {})
    con.execute("set TimeZone = 'UTC'")
    con.execute("set enable_progress_bar = false")
    return con


def limits(settings: Settings, spill: Path | None) -> Options:
    """DuckDB's options: memory, threads, where to spill (nowhere without ``spill``), no downloads.

    Makes the folder that holds ``spill``, because DuckDB makes the last one of a path only.
    """
    if spill:
        spill.parent.mkdir(parents=True, exist_ok=True)
    options: Options = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": str(spill) if spill else "",
    }
    if settings.memory_limit:
        options["memory_limit"] = settings.memory_limit
    if settings.threads:
        options["threads"] = str(settings.threads)
    return options


def open_warehouse_file(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Open the build file for writing, as :func:`ingestion.warehouse.open_warehouse` does.

    Call it under :func:`leadhouse.lock.writer_lock` and :func:`failures_explained`.
    """
    return connect(settings.warehouse_file, limits(settings, settings.spill_dir))


def create_candidate(settings: Settings) -> None:
    """Make both candidate files, empty, in the storage that profiles.yml gives them."""
    settings.candidate_dir.mkdir(parents=True, exist_ok=True)
    with connect() as con:
        for name in (MAIN_FILE, PII_FILE):
            file = settings.candidate_dir / name
            con.execute(f"attach {sql.text(str(file))} as made (storage_version 'v1.4.0')")
            con.execute("detach made")


def open_candidate(settings: Settings, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open both candidate files as ``leadhouse`` and ``leadhouse_pii``.

    Raises :class:`LeadhouseError` when there is no candidate, or when it is damaged.
    """
    files = [settings.candidate_dir / name for name in (MAIN_FILE, PII_FILE)]
    for file in files:
        if not file.exists():
            raise LeadhouseError(
                f"There is no build to work with: {file} does not exist. "
                "Run `leadhouse build` first (or `leadhouse run`, which does everything)."
            )
    con = connect(options=limits(settings, settings.spill_dir))
    try:
        with failures_explained(settings, files[0]):
            for file in files:
                _attach(con, file, file.stem, read_only)
            con.execute("use leadhouse")
    except BaseException:
        con.close()
        raise
    return con


def open_build_to_explain(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Open whatever files the build under way has, read-only, under the names that dbt gives them.

    The caller holds the writer's lock.
    """
    con = connect(options=limits(settings, settings.spill_dir))
    for file in (
        settings.warehouse_file,
        settings.candidate_dir / MAIN_FILE,
        settings.candidate_dir / PII_FILE,
    ):
        if file.exists():
            _attach(con, file, file.stem, read_only=True)
    con.execute(f"use {settings.warehouse_file.stem}")
    return con


def attach_published(con: duckdb.DuckDBPyConnection, settings: Settings, name: str) -> bool:
    """Attach the current build's file without personal data, read-only; False if there is none."""
    file = settings.published_dir / MAIN_FILE
    if not file.exists():
        return False
    _attach(con, file.resolve(), name, read_only=True)
    return True


def open_build(
    settings: Settings, build: str, pii: bool = False, scratch: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection that holds one published build, whichever becomes current meanwhile.

    The build is attached as ``leadhouse``, its file with personal data as ``leadhouse_pii`` when
    ``pii`` and this user may read it. Threads ask through :func:`asking`. ``scratch`` is as in
    :func:`open_published`. Raises :class:`LeadhouseError` when the build is not kept any more.
    """
    folder = settings.builds_dir / build
    if not (folder / MAIN_FILE).exists():
        raise LeadhouseError(f"Build {build} is not kept any more. Open the page again.")
    con = connect(options=limits(settings, scratch / "spill" if scratch else None))
    try:
        with failures_explained(settings, folder / MAIN_FILE):
            _attach(con, folder / MAIN_FILE, "leadhouse", read_only=True)
            if pii and os.access(folder / PII_FILE, os.R_OK):
                _attach(con, folder / PII_FILE, "leadhouse_pii", read_only=True)
            if scratch:
                con.execute(f"set allowed_directories = [{sql.text(f'{scratch}/')}]")
            con.execute("set enable_external_access = false")
    except BaseException:
        con.close()
        raise
    return con


@contextmanager
def asking(
    con: duckdb.DuckDBPyConnection, settings: Settings
) -> Iterator[duckdb.DuckDBPyConnection]:
    """What one thread asks the build of :func:`open_build` with, in the reporting time zone."""
    with con.cursor() as cursor:
        cursor.execute("use leadhouse")
        cursor.execute(f"set TimeZone = {sql.text(settings.timezone)}")
        yield cursor


def _attach(con: duckdb.DuckDBPyConnection, file: Path, name: str, read_only: bool) -> None:
    mode = "(read_only)" if read_only else ""
    con.execute(f"attach {sql.text(str(file))} as {name} {mode}")


@contextmanager
def open_published(
    settings: Settings, name: str = MAIN_FILE, scratch: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the current build's MAIN_FILE or PII_FILE (``name``) through its symlink, read-only.

    Instants cast to text, timestamp or date come out in the reporting time zone. ``scratch`` is
    the only folder that the connection can read or write beside the published file; without it,
    none. A build published meanwhile changes nothing here: the file that was opened stays.

    Raises :class:`LeadhouseError` when nothing is published, when the file is damaged or not this
    user's to read, and when it lacks the tables that the caller asks for. A failure of
    ``scratch`` (:class:`duckdb.IOException`) is the caller's to explain.
    """
    file = settings.published_dir / name
    if not file.exists():
        raise LeadhouseError(
            f"Nothing is published: there is no {file}. Run `leadhouse run` first."
        )
    options = limits(settings, scratch / "spill" if scratch else None)
    try:
        with connect(file, options, read_only=True) as con:
            con.execute(f"set TimeZone = {sql.text(settings.timezone)}")
            if scratch:
                con.execute(f"set allowed_directories = [{sql.text(f'{scratch}/')}]")
            con.execute("set enable_external_access = false")
            con.execute("set lock_configuration = true")
            yield con
    except duckdb.Error as error:
        if scratch and str(scratch) in str(error):
            raise
        raise LeadhouseError(_why_unreadable(error, settings, file)) from error


def _why_unreadable(error: duckdb.Error, settings: Settings, file: Path) -> str:
    said = str(error).strip().splitlines()[0]
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        return (
            f"The build in {file} does not have what this command reads ({said}). It was "
            "published by another version of Leadhouse; run `leadhouse run` to publish a new one."
        )
    if "ermission denied" in said:
        return f"{file} can be read by its owner only, and you are another user."
    return explain(error, settings, file) or f"{file} could not be read: {said}"


# --- what failures mean ------------------------------------------------------------------------


@contextmanager
def failures_explained(settings: Settings, file: Path | None = None) -> Iterator[None]:
    """Turn a failure of the disk, the memory or a database file into a :class:`LeadhouseError`.

    ``file`` is the database file that the block works with, the build file if none is given.
    """
    try:
        yield
    except (duckdb.Error, OSError) as error:
        message = explain(error, settings, file)
        if message is None:
            raise
        raise LeadhouseError(message) from error


def explain(error: Exception | str, settings: Settings, file: Path | None = None) -> str | None:
    """What happened and what to do when the machine is at fault, ``None`` when something else is.

    ``error`` may be DuckDB's words as dbt passes them on; ``file`` as in
    :func:`failures_explained`.
    """
    said = str(error)
    file = file or settings.warehouse_file
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return _disk_full(settings)
    if any(os.strerror(code) in said for code in _DISK_FULL) or "max_temp_directory_size" in said:
        return _disk_full(settings)
    if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory Error" in said:
        return (
            "DuckDB needs more memory than it may use. Raise LEADHOUSE_MEMORY_LIMIT (for example "
            "4GB) or lower LEADHOUSE_THREADS."
        )
    if "Could not set lock on file" in said:
        holder = said.partition("(PID ")[2].partition(")")[0]
        who = f"process {holder}" if holder.isdigit() else "another process"
        return (
            f"The build file {file} is open in {who}. Close that program (readers use "
            f"published/{MAIN_FILE} instead) and run again."
        )
    if isinstance(error, duckdb.ConnectionException) and "different configuration" in said:
        return (
            f"The build file {file} is already open in this process. Close that connection and "
            "run again."
        )
    if not isinstance(error, OSError) and any(mark in said for mark in _DAMAGED):
        return _damaged(settings, file)
    if isinstance(error, PermissionError):
        return (
            f"No permission for {error.filename}. Make it accessible to the user who runs "
            "Leadhouse, or name another folder in LEADHOUSE_HOME."
        )
    if isinstance(error, duckdb.IOException) and str(settings.home) in said:
        return (
            f"The home folder {settings.home} cannot be used: {said.splitlines()[0]} "
            "Check that it exists and is writable, or name another in LEADHOUSE_HOME."
        )
    return None


def _disk_full(settings: Settings) -> str:
    free = shutil.disk_usage(settings.home).free // 2**20
    return (
        f"The disk of {settings.home} is full ({free} MB free). Free some space and run again: "
        "nothing half-done was kept and what was published stays."
    )


def _damaged(settings: Settings, file: Path) -> str:
    if file.is_relative_to(settings.published_dir):
        return (
            f"The published file {file} is damaged. `leadhouse publish --rollback` goes back to "
            "the build before it, `leadhouse run` publishes a new one."
        )
    if file.is_relative_to(settings.candidate_dir):
        return f"The build in {file.parent} is damaged. Run `leadhouse build` again."
    return (
        f"The build file {file} is damaged. Move it and its .wal aside and run again: it is "
        "rebuilt from the drop folder (put archived deliveries back first); what was published "
        "stays."
    )
