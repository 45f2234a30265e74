"""One build: an empty candidate, dbt over everything that landed, and the seal that it passed.

No Dagster here. Whoever calls these functions holds the writer's lock.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from leadhouse import publications
from leadhouse import sqltext as sql
from leadhouse.alert_rules import ALERTS_TABLE, note_alerts
from leadhouse.build_failures import build_failures_explained, failures_told
from leadhouse.database import open_candidate
from leadhouse.dbt_project import (
    AS_IT_IS,
    Project,
    dbt_environment,
    dbt_events,
    lend_parsed_project,
    prepare_manifest,
)
from leadhouse.dbt_results import (
    Built,
    Tested,
    results_of,
    seconds_of_last_build,
    steps_told,
)
from leadhouse.descriptions import describe_candidate
from leadhouse.errors import LeadhouseError
from leadhouse.paths import MAIN_FILE, PII_FILE, RELATIONS_FILE
from leadhouse.progress import progress
from leadhouse.relations import write_relations
from leadhouse.restatements import CHANGES_TABLE, note_restatements
from leadhouse.settings import Settings
from leadhouse.spark.building import copy_built, prepare_spark

# The one table that says whether the build passed is the one that says which build the file is.
RUN_TABLE_MARK = "tests_passed"
SEAL_TABLE = "trust.rpt_run_tables"
# The wall clock's columns are left out of the hash that must repeat (docs/rules.md#clocks).
WALL_CLOCK_COLUMNS = frozenset({"loaded_at", "first_published_at"})
LEAST_FREE_BYTES = 256 * 1024 * 1024

# Unit tests read no data: they belong to `make test`, not to the run of every day.
BUILD_ARGUMENTS = ("build", "--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class TableSeal:
    """What a published table must hold: ``rows`` and an order-free hash of all of them."""

    name: str
    rows: int
    content_hash: str


def check_space(settings: Settings) -> None:
    """Refuse to start a build that the disk cannot hold.

    A build writes the candidate beside the published files and rewrites the build file's tables:
    three times what is published now, and 256 MiB at least. Raises :class:`LeadhouseError`.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    published = settings.published_dir
    files = [published / name for name in (MAIN_FILE, PII_FILE)]
    needed = max(LEAST_FREE_BYTES, 3 * sum(path.stat().st_size for path in files if path.exists()))
    free = shutil.disk_usage(settings.home).free
    if free < needed:
        raise LeadhouseError(
            f"The disk that holds {settings.home} has {free // 2**20} MiB free and a build needs "
            f"{needed // 2**20} MiB. Free some space, or lower LEADHOUSE_KEEP_BUILDS, and run "
            "again."
        )


def prepare_candidate(settings: Settings) -> Path:
    """Remove whatever an earlier build left; return the folder of this build's dbt artifacts."""
    check_space(settings)
    discard_candidate(settings)
    settings.candidate_dir.mkdir(parents=True)
    target = _artifacts(settings)
    target.mkdir(parents=True, exist_ok=True)
    target = target.resolve()
    (target / "run_results.json").unlink(missing_ok=True)
    lend_parsed_project(settings, target)
    return target


def _artifacts(settings: Settings) -> Path:
    """The folder of dbt's artifacts of a build; dbt would parse anew if engines shared one."""
    return settings.artifacts_dir("build" if settings.engine == "duckdb" else settings.engine)


def discard_candidate(settings: Settings) -> None:
    """Remove the candidate, whatever state it is in."""
    shutil.rmtree(settings.candidate_dir, ignore_errors=True)


def build_results(
    settings: Settings,
    run_id: str,
    started_at: datetime,
    project: Project = AS_IT_IS,
    note: Callable[[Settings, Path], None] = note_restatements,
) -> Iterator[Built | Tested]:
    """Build and seal the candidate with dbt; gives what became of each model, seed and test.

    ``started_at`` is an aware instant. ``note`` writes into the candidate, before the seal, what
    it is beside another build; it gets the manifest's path. What fails is said at once, and the
    rest is built all the same: :class:`BuildFailed` with all reasons comes at the end. A candidate
    is left only when all went well.
    """
    progress.info("building and checking the warehouse")
    past = seconds_of_last_build(_artifacts(settings))
    target = prepare_candidate(settings)
    on_spark = settings.engine == "spark"
    manifest = prepare_manifest(settings) if on_spark else target / "manifest.json"
    try:
        if on_spark:
            prepare_spark(settings, manifest, run_id, started_at)
        with build_failures_explained(settings, target):
            environment = dbt_environment(settings, target, run_id, started_at, project.folder)
            arguments = (*BUILD_ARGUMENTS, *project.arguments())
            events = steps_told(dbt_events(arguments, environment), past)
            yield from results_of(failures_told(events, settings, target, progress.error))
        if on_spark:
            copy_built(settings, manifest)
        describe_candidate(settings, manifest)
        note(settings, manifest)
        note_alerts(settings, manifest)
        seals = seal(settings)
        write_relations(manifest, settings.candidate_dir / RELATIONS_FILE)
    except BaseException:
        discard_candidate(settings)
        raise
    progress.info("built and checked %s tables", len(seals))


def content_seals(
    con: duckdb.DuckDBPyConnection, leave_out: frozenset[str] = frozenset()
) -> list[TableSeal]:
    """Read every row of every table of an opened pair; the hash does not depend on row order.

    The tables that describe the run itself, and those before it, are not their own content.
    ``leave_out`` names columns that do not enter the hash; then only tables with such a column
    are read, since the hash of the others is the same without it.
    """
    own_tables = (run_table(con), SEAL_TABLE, publications.COPY)
    tables = con.execute(
        """
        select database_name, schema_name, table_name,
               list(column_name order by column_index),
               string_agg(column_name || ' ' || data_type, ', ' order by column_index)
        from duckdb_columns()
        semi join duckdb_tables() using (database_name, schema_name, table_name)
        where database_name in ('leadhouse', 'leadhouse_pii') and not internal
        group by all
        order by schema_name, table_name
        """
    ).fetchall()
    seals = []
    for database, schema, table, columns, types in tables:
        name = f"{schema}.{table}"
        if name in own_tables or (leave_out and leave_out.isdisjoint(columns)):
            continue
        kept = ", ".join(sql.name(column) for column in columns if column not in leave_out)
        source = ".".join(sql.name(part) for part in (database, schema, table))
        count, xor, total = con.execute(
            f"select count(*), bit_xor(hash(row({kept}))), sum(hash(row({kept}))::hugeint) "
            f"from {source}"
        ).fetchall()[0]
        shape = hashlib.sha256(types.encode()).hexdigest()[:8]
        seals.append(TableSeal(name, count, f"{shape}-{xor or 0:016x}-{total or 0:x}"))
    return seals


def run_table(con: duckdb.DuckDBPyConnection) -> str:
    """The candidate's table that says which build it is, by the column that only it has.

    Raises :class:`LeadhouseError` when no table, or more than one, has it.
    """
    found = con.execute(
        "select schema_name || '.' || table_name from duckdb_columns() "
        "where database_name = 'leadhouse' and column_name = ?",
        [RUN_TABLE_MARK],
    ).fetchall()
    if len(found) != 1:
        raise LeadhouseError(
            f"{len(found)} tables of the build have a column {RUN_TABLE_MARK} instead of one, so "
            "the build cannot say which run it is. Build again."
        )
    return str(found[0][0])


def run_of(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The one row about the run that made a build, by column; an older build has fewer columns."""
    about = con.execute(f"select * from {run_table(con)}")
    columns = [str(column[0]) for column in about.description or ()]
    return dict(zip(columns, about.fetchall()[0], strict=True))


def seal(settings: Settings) -> list[TableSeal]:
    """Write into the candidate that it passed: what each table holds, and when it was finished.

    Call it only when every check of the build passed. Leaves no write-ahead log beside the files.
    """
    with open_candidate(settings, read_only=False) as con:
        views = con.execute(
            "select schema_name || '.' || view_name from duckdb_views() where not internal "
            "and database_name in ('leadhouse', 'leadhouse_pii') and schema_name <> 'main'"
        ).fetchall()
        if views:
            raise LeadhouseError(
                f"{views[0][0]} is a view, and a published file can hold tables only, because "
                "nobody but a run opens what a view would read. Materialize it as a table."
            )
        runs_in = run_table(con)
        runs = con.execute(f"select count(*) from {runs_in}").fetchall()[0][0]
        if runs != 1:
            raise LeadhouseError(
                f"{runs_in} has {runs} rows instead of one, so the build cannot say which run "
                "it is. Build again."
            )
        seals = content_seals(con)
        repeatable = {each.name: each for each in content_seals(con, WALL_CLOCK_COLUMNS)}
        con.execute("begin")
        con.execute(
            f"create or replace table {SEAL_TABLE} "
            "(table_name varchar, row_count bigint, content_hash varchar)"
        )
        con.execute(
            f"comment on table {SEAL_TABLE} is 'One row per table of this build: its rows and a "
            "hash of its content when its checks had passed.';"
            f"comment on column {SEAL_TABLE}.table_name is 'Table, with its schema.';"
            f"comment on column {SEAL_TABLE}.row_count is 'Number of its rows.';"
            f"comment on column {SEAL_TABLE}.content_hash is 'Hash of its columns and rows, "
            "whatever their order.'"
        )
        con.executemany(
            f"insert into {SEAL_TABLE} values (?, ?, ?)",
            [(each.name, each.rows, each.content_hash) for each in seals],
        )
        con.execute(
            f"update {runs_in} set finished_at = ?, tests_passed = true, output_hash = ?",
            [datetime.now(UTC), _output_hash([repeatable.get(each.name, each) for each in seals])],
        )
        con.execute("commit")
        checkpoint(con)
    assert_no_log(settings.candidate_dir)
    return seals


def checkpoint(con: duckdb.DuckDBPyConnection) -> None:
    """Write everything into the two files of an opened pair."""
    con.execute("checkpoint leadhouse")
    con.execute("checkpoint leadhouse_pii")


def assert_no_log(folder: Path) -> None:
    """A file is complete only without a write-ahead log beside it."""
    logs = [path.name for path in folder.glob("*.wal")]
    if logs:
        raise LeadhouseError(
            f"{folder / logs[0]} is still there, so the files of the build are not complete. "
            "Build again."
        )


def _output_hash(seals: list[TableSeal]) -> str:
    lines = "\n".join(
        f"{each.name} {each.rows} {each.content_hash}"
        for each in seals
        # What was before is told by the previous build, which is not an input of this one.
        if each.name not in (CHANGES_TABLE, ALERTS_TABLE)
    )
    return hashlib.sha256(lines.encode()).hexdigest()
