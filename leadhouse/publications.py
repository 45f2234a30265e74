"""The ledger of publications: which builds were published, when, and what each was made of.

``raw_ledger.publications`` in the build file has a row for each. Every build has a copy of it, to
which publishing adds its own row, so that the builds that are kept give a lost build file its
ledger back.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from leadhouse import sqltext as sql
from leadhouse.kept_builds import published_builds
from leadhouse.paths import MAIN_FILE
from leadhouse.settings import Settings

COLUMNS = {
    "build_id": "varchar",
    "published_at": "timestamptz",
    "as_of": "timestamptz",
    "as_known_at": "date",
    "code_version": "varchar",
    "seeds_hash": "varchar",
    "panel_hashes": "varchar",
    "input_hash": "varchar",
    "output_hash": "varchar",
    "tables": "bigint",
    "rows": "bigint",
}
"""The columns of the ledger, in order."""

LEDGER = "raw_ledger.publications"
COPY = "trust.rpt_publications"
_PANELS = "marts.dim_lead_routing_panels"
_NAMES = ", ".join(map(sql.name, COLUMNS))


def add_own_row(
    con: duckdb.DuckDBPyConnection,
    run_table: str,
    seal_table: str,
    build_id: str,
    published_at: datetime,
) -> None:
    """Add the publication of an opened candidate to its copy of the ledger.

    ``run_table`` says what it was made of, ``seal_table`` what it holds.
    """
    con.execute(
        f"insert into {COPY} ({_NAMES}) select ?, ?, as_of, as_known_at, code_version, "
        "seeds_hash, (select cast(to_json(map(list(panel_id order by panel_id), "
        f"list(config_hash order by panel_id))) as varchar) from {_PANELS}), "
        "input_hash, output_hash, "
        f"(select count(*) from {seal_table}), (select sum(row_count) from {seal_table}) "
        f"from {run_table}",
        [build_id, published_at],
    )


def complete_ledger(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Add to the ledger of the opened build file what only the kept builds know.

    A build of a version without the ledger knows of no publication.
    """
    known = {build for (build,) in con.execute(f"select build_id from {LEDGER}").fetchall()}
    for build in published_builds(settings):
        if build in known:
            continue
        file = settings.builds_dir / build / MAIN_FILE
        con.execute(f"attach {sql.text(str(file))} as kept (read_only)")
        try:
            has_copy = con.execute(
                "select count(*) from duckdb_tables() where database_name = 'kept' "
                "and schema_name || '.' || table_name = ?",
                [COPY],
            ).fetchall()[0][0]
            if has_copy:
                con.execute(
                    f"insert into {LEDGER} ({_NAMES}) select {_NAMES} from kept.{COPY} "
                    f"where build_id not in (select build_id from {LEDGER})"
                )
        finally:
            con.execute("detach kept")
