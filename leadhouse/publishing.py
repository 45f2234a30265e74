"""Write, audit, publish: a sealed candidate becomes current by one swap of a symlink.

Readers that hold an older build go on reading it; new ones see the new build, both files of it.
No Dagster here. Whoever calls these functions holds the writer's lock. A file that is overwritten
or renamed over under its readers breaks them, so a build has a new name and a symlink is swapped.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingestion.warehouse import open_warehouse
from leadhouse import publications
from leadhouse.build import (
    SEAL_TABLE,
    TableSeal,
    assert_no_log,
    checkpoint,
    content_seals,
    run_of,
    run_table,
)
from leadhouse.database import explain, open_candidate
from leadhouse.errors import LeadhouseError
from leadhouse.files import make_durable, move_durably
from leadhouse.kept_builds import WITHDRAWN, current_build, is_withdrawn, kept_builds
from leadhouse.paths import MAIN_FILE, PII_FILE, RELATIONS_FILE
from leadhouse.progress import progress
from leadhouse.settings import Settings

STORAGE_VERSION = "v1.4.0+"
MODES = {MAIN_FILE: 0o444, PII_FILE: 0o400, RELATIONS_FILE: 0o444}
"""The files of a build and who may read them."""


@dataclass(frozen=True)
class Published:
    """A build that has become current: its id, and how many ``tables`` and ``rows`` it holds.

    ``run`` is the one row of its table about the run, by column.
    """

    build_id: str
    tables: int
    rows: int
    run: Mapping[str, object]


def publish(settings: Settings) -> Published:
    """Audit the sealed candidate as files and make it current.

    Raises :class:`LeadhouseError` when there is no candidate, when its checks did not pass, or
    when what the files hold is not what was sealed; what was published before stays.
    """
    try:
        build_id = _next_build_id(settings)
        seals, run = _mark_and_audit(settings, build_id)
        _make_current(settings, build_id)
        _complete_ledger(settings)
        return Published(build_id, len(seals), sum(each.rows for each in seals), run)
    except (OSError, duckdb.Error) as error:
        raise LeadhouseError(
            explain(error, settings, settings.candidate_dir / MAIN_FILE)
            or f"The build cannot be published: {error}. What was published before stays."
        ) from error


def rollback(settings: Settings) -> str:
    """Make the build current that was published before the current one; return its id.

    The build that was current is withdrawn: later rollbacks pass it by, so that repeating the
    command goes further back. Raises :class:`LeadhouseError` when there is nothing to go back to.
    """
    current = current_build(settings)
    if current is None:
        raise LeadhouseError(
            f"Nothing is published in {settings.published_dir} yet. Run `leadhouse run` first."
        )
    earlier = previous_build(settings)
    if earlier is None:
        raise LeadhouseError(
            f"There is no build before {current} to go back to: {settings.builds_dir} keeps the "
            "last LEADHOUSE_KEEP_BUILDS published ones. Run `leadhouse run` to build again."
        )
    (settings.builds_dir / current / WITHDRAWN).touch()
    _swap(settings, earlier)
    return earlier


def previous_build(settings: Settings) -> str | None:
    """The id of the build that was published before the current one and not withdrawn since."""
    current = current_build(settings)
    return max(
        (
            build
            for build in kept_builds(settings)
            if current and build < current and not is_withdrawn(settings, build)
        ),
        default=None,
    )


def _complete_ledger(settings: Settings) -> None:
    """Opening the build file notes the publication there; what cannot be now, the next run does."""
    try:
        open_warehouse(settings).close()
    except LeadhouseError as error:
        progress.warning("the ledger of publications is completed by the next run: %s", error)


def _mark_and_audit(settings: Settings, build_id: str) -> tuple[list[TableSeal], dict[str, object]]:
    """Stamp the candidate, then read the very bytes that will be served.

    Returns what each table holds, and the row about the run.
    """
    with open_candidate(settings, read_only=False) as con:
        _refuse_unsealed(con)
        run, published_at = run_table(con), datetime.now(UTC)
        con.execute(
            f"update {run} set build_id = ?, published_at = ?",
            [build_id, published_at],
        )
        publications.add_own_row(con, run, SEAL_TABLE, build_id, published_at)
        checkpoint(con)
    assert_no_log(settings.candidate_dir)
    with open_candidate(settings, read_only=True) as con:
        sealed = set(
            con.execute(f"select table_name, row_count, content_hash from {SEAL_TABLE}").fetchall()
        )
        seals = content_seals(con)
        found = {(each.name, each.rows, each.content_hash) for each in seals}
        if sealed != found:
            names = ", ".join(sorted({name for name, _, _ in sealed ^ found})[:5])
            raise LeadhouseError(
                f"The build is not what its checks saw: {names} changed after the seal. "
                "It is not published; what was published before stays. Build again."
            )
        versions = con.execute(
            "select database_name, tags['storage_version'] from duckdb_databases() "
            "where database_name in ('leadhouse', 'leadhouse_pii')"
        ).fetchall()
        for database, version in versions:
            if version != STORAGE_VERSION:
                raise LeadhouseError(
                    f"{database}.duckdb was written in storage version {version}, which clients "
                    f"with an older DuckDB cannot read; {STORAGE_VERSION} is needed "
                    "(profiles.yml, attach). It is not published."
                )
        return seals, run_of(con)


def _refuse_unsealed(con: duckdb.DuckDBPyConnection) -> None:
    refusal = (
        "The build did not pass its checks, so it is not published; what was published before "
        "stays. Run `leadhouse run` and fix what it reports."
    )
    try:
        rows = con.execute(f"select tests_passed, finished_at from {run_table(con)}").fetchall()
        con.execute(f"select 1 from {SEAL_TABLE} limit 1").fetchall()
    except (duckdb.CatalogException, LeadhouseError):
        raise LeadhouseError(refusal) from None
    if len(rows) != 1 or rows[0][0] is not True or rows[0][1] is None:
        raise LeadhouseError(refusal)


def _next_build_id(settings: Settings) -> str:
    """The number after the newest build's, and this second."""
    settings.builds_dir.mkdir(parents=True, exist_ok=True)
    _sweep(settings)
    newest = max(kept_builds(settings), default="000000-")
    return f"{int(newest[:6]) + 1:06d}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"


def _make_current(settings: Settings, build_id: str) -> None:
    candidate = settings.candidate_dir
    for name, mode in MODES.items():
        (candidate / name).chmod(mode)
        make_durable(candidate / name)
    for path in candidate.iterdir():
        if path.name not in MODES:
            raise LeadhouseError(f"{path} does not belong to a build. Build again.")
    make_durable(candidate)
    move_durably(candidate, settings.builds_dir / build_id)
    _swap(settings, build_id)
    _prune(settings)


def _swap(settings: Settings, build_id: str) -> None:
    """One rename makes all files of a build current together."""
    _replace_link(settings.current_link, Path(build_id))
    for name in MODES:
        link = settings.published_dir / name
        goal = settings.current_link.relative_to(settings.published_dir) / name
        if not link.is_symlink() or link.readlink() != goal:
            _replace_link(link, goal)


def _replace_link(link: Path, goal: Path) -> None:
    draft = link.with_name(f".{link.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(goal)
    move_durably(draft, link)


def _prune(settings: Settings) -> None:
    """Keep the last ``keep_builds``, and always the current build and the one before it."""
    keep = set(kept_builds(settings)[-settings.keep_builds :])
    keep |= {build for build in (current_build(settings), previous_build(settings)) if build}
    for build in kept_builds(settings):
        if build not in keep:
            _remove(settings.builds_dir / build)


def _sweep(settings: Settings) -> None:
    """Remove what a killed publisher left: drafts, and builds that never became current."""
    builds, current = settings.builds_dir, current_build(settings)
    for path in (*settings.published_dir.glob(".*"), *builds.glob(".*")):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for build in kept_builds(settings):
        if (current is None or build > current) and not is_withdrawn(settings, build):
            _remove(builds / build)


def _remove(build: Path) -> None:
    """Under another name first, so that nobody ever sees half a build."""
    doomed = build.with_name(f".{build.name}")
    build.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)
