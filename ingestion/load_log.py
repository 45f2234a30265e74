"""The load log: what was read, loaded, quarantined and excluded, file by file.

Two tables of the schema ``raw_ledger``: ``loads`` has a row for each load of a file as an entity,
the latest marked as current; ``quarantine`` has the rows, and the files, that were not loaded. All
SQL about them is here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from logging import getLogger
from os import stat_result
from typing import Any, NamedTuple

import duckdb

from ingestion.inventory import Inventory, Target, UnknownFile
from leadhouse.errors import RefusedFile

log = getLogger(__name__)

SCHEMA = "raw_ledger"
SOURCE = "files"
"""The source system of what comes with the drop folder and names none."""

UNKNOWN_ENTITY = "(unknown)"

TABLES = {
    "loads": {
        "load_id": "varchar",
        "source_system": "varchar",
        "entity": "varchar",
        "delivery_date": "date",
        "file": "varchar",
        "mapping": "varchar",
        "sha256": "varchar",
        "fingerprint": "varchar",
        "status": "varchar",
        "rows_read": "bigint",
        "rows_loaded": "bigint",
        "rows_quarantined": "bigint",
        "rows_excluded": "bigint",
        "unknown_columns": "varchar",
        "absent_columns": "varchar",
        "unread_sheets": "varchar",
        "moments_emptied": "bigint",
        "error": "varchar",
        "loaded_at": "timestamptz",
        "is_current": "boolean",
        "file_size": "bigint",
        "file_mtime_ns": "bigint",
    },
    "quarantine": {
        "load_id": "varchar",
        "source_system": "varchar",
        "entity": "varchar",
        "delivery_date": "date",
        "file": "varchar",
        "row_number": "bigint",
        "column_name": "varchar",
        "value": "varchar",
        "reason": "varchar",
        "row_json": "varchar",
    },
}

_SAME_FILE = "entity = ? and delivery_date = ? and file = ? and mapping is not distinct from ?"


class Key(NamedTuple):
    """What the log is kept by: a delivery's file, read as an entity, by a mapping or as it is."""

    entity: str
    delivery_date: date
    file: str
    mapping: str | None

    @classmethod
    def of(cls, target: Target) -> Key:
        """The key of a target's loads."""
        return cls(target.entity, target.delivery_date, target.file, target.mapped_by)


class Counts(NamedTuple):
    """The accounting of a load: read = loaded + quarantined + excluded, always."""

    read: int = 0
    loaded: int = 0
    quarantined: int = 0
    excluded: int = 0


class Unread(NamedTuple):
    """Where a file and what reads it do not meet.

    Its columns that are kept and not read, those that its mapping reads and it has not, and its
    sheets that nothing reads.
    """

    unknown_columns: tuple[str, ...] = ()
    absent_columns: tuple[str, ...] = ()
    unread_sheets: tuple[str, ...] = ()


NOTHING_UNREAD = Unread()


class Account(NamedTuple):
    """What is landed of an entity or of a delivery: loaded files and their rows, refused files."""

    deliveries: int = 0
    files: int = 0
    refused_files: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_excluded: int = 0


@dataclass(frozen=True)
class CurrentLoad:
    """The log's current row of a file."""

    load_id: str
    status: str
    sha256: str
    fingerprint: str
    file_size: int | None
    file_mtime_ns: int | None
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_excluded: int

    @property
    def counts(self) -> Counts:
        """The accounting of that load."""
        return Counts(self.rows_read, self.rows_loaded, self.rows_quarantined, self.rows_excluded)


@dataclass(frozen=True)
class Identity:
    """Which load it is: the same bytes, landed by the same rules, are the same load."""

    key: Key
    sha256: str
    fingerprint: str
    source_system: str = SOURCE

    @classmethod
    def of(cls, target: Target, sha256: str) -> Identity:
        """The load of a file with that content."""
        system = target.mapping.source_system if target.mapping else None
        return cls(Key.of(target), sha256, fingerprint(target, sha256), system or SOURCE)

    @property
    def load_id(self) -> str:
        """The load's id, the same whenever and wherever it happens."""
        parts = [SOURCE, *self.key, self.fingerprint]
        return _digest(json.dumps(parts, default=str))[:32]


def fingerprint(target: Target, sha256: str) -> str:
    """The hash of a file's bytes and of the rules by which they land."""
    return _digest(f"{sha256}\n{target.rules}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# --- reading ---------------------------------------------------------------------------------


def current_loads(con: duckdb.DuckDBPyConnection) -> dict[Key, CurrentLoad]:
    """The current load of every file that the log knows of."""
    columns = ", ".join(field.name for field in fields(CurrentLoad))
    rows = con.execute(
        f"select {', '.join(Key._fields)}, {columns} from {SCHEMA}.loads where is_current"
    ).fetchall()
    width = len(Key._fields)
    return {Key(*row[:width]): CurrentLoad(*row[width:]) for row in rows}


def unknown_columns(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str | None], set[str]]:
    """The columns that were kept and not read so far, by entity and mapping."""
    found: dict[tuple[str, str | None], set[str]] = {}
    for entity, mapping, names in con.execute(
        f"select entity, mapping, unknown_columns from {SCHEMA}.loads "
        "where is_current and status = 'loaded'"
    ).fetchall():
        found.setdefault((entity, mapping), set()).update(json.loads(names))
    return found


def current_load_ids(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The content of the build file by name: a load's id says which bytes landed by which rules."""
    found = con.execute(f"select load_id from {SCHEMA}.loads where is_current order by all")
    return [load_id for (load_id,) in found.fetchall()]


def totals(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """Per table of the ledger its rows, and the files that they came from."""
    files, rows = con.execute(
        f"select count(*), coalesce(sum(rows_loaded), 0)::bigint from {SCHEMA}.loads "
        "where is_current and status = 'loaded'"
    ).fetchall()[0]
    refused, bad_rows = con.execute(
        f"select count(distinct load_id), count(*) from {SCHEMA}.quarantine"
    ).fetchall()[0]
    builds = con.execute(f"select count(*) from {SCHEMA}.publications").fetchall()[0][0]
    return {
        "loads": {"files": files, "rows": rows},
        "quarantine": {"files": refused, "rows": bad_rows},
        "publications": {"rows": builds},
    }


def accounts_by_entity(con: duckdb.DuckDBPyConnection) -> dict[str, Account]:
    """What is landed of each entity that something was delivered of."""
    return {str(entity): account for entity, account in _accounts(con, "entity")}


def accounts_by_day(con: duckdb.DuckDBPyConnection) -> dict[date, Account]:
    """What is landed of each delivery; a file that nothing takes counts as refused."""
    return dict(_accounts(con, "delivery_date"))


def _accounts(con: duckdb.DuckDBPyConnection, by: str) -> Iterator[tuple[Any, Account]]:
    loaded = "filter (where status = 'loaded')"
    sums = ", ".join(
        f"coalesce(sum({name}) {loaded}, 0)::bigint"
        for name in Account._fields
        if name.startswith("rows_")
    )
    rows = con.execute(
        f"select {by}, count(distinct delivery_date) {loaded}, "
        f"count(distinct (delivery_date, file)) {loaded}, "
        "count(distinct (delivery_date, file)) filter (where status = 'refused'), "
        f"{sums} from {SCHEMA}.loads where is_current group by {by}"
    ).fetchall()
    for key, *counts in rows:
        yield key, Account(*counts)


def unaccounted(con: duckdb.DuckDBPyConnection) -> list[Key]:
    """The loaded files of which a row went missing: read is not loaded + quarantined + excluded."""
    rows = con.execute(
        f"select {', '.join(Key._fields)} from {SCHEMA}.loads "
        "where is_current and status = 'loaded' and rows_read is distinct from "
        "rows_loaded + rows_quarantined + rows_excluded order by all"
    ).fetchall()
    return [Key(*row) for row in rows]


# --- writing ---------------------------------------------------------------------------------


def remember_stat(con: duckdb.DuckDBPyConnection, load: CurrentLoad, stat: stat_result) -> None:
    """Note the size and time of a file that was touched but not changed."""
    con.execute(
        f"update {SCHEMA}.loads set file_size = ?, file_mtime_ns = ? where load_id = ?",
        [stat.st_size, stat.st_mtime_ns, load.load_id],
    )


def supersede(con: duckdb.DuckDBPyConnection, key: Key) -> None:
    """No load of that file is current any more, and nothing of it is in quarantine."""
    con.execute(
        f"delete from {SCHEMA}.quarantine where load_id in "
        f"(select load_id from {SCHEMA}.loads where is_current and {_SAME_FILE})",
        key,
    )
    con.execute(
        f"update {SCHEMA}.loads set is_current = false where is_current and {_SAME_FILE}", key
    )


def write_load(
    con: duckdb.DuckDBPyConnection,
    identity: Identity,
    status: str,
    counts: Counts,
    *,
    loaded_at: datetime,
    unread: Unread = NOTHING_UNREAD,
    moments_emptied: int = 0,
    error: str | None = None,
    stat: stat_result | None = None,
) -> None:
    """Make that load the current one of its file; its own earlier row, if any, is replaced."""
    con.execute(f"delete from {SCHEMA}.loads where load_id = ?", [identity.load_id])
    _insert(
        con,
        "loads",
        _columns_of(identity)
        | {
            "sha256": identity.sha256,
            "fingerprint": identity.fingerprint,
            "status": status,
            **{f"rows_{name}": count for name, count in counts._asdict().items()},
            **{
                name: json.dumps(listed, ensure_ascii=False)
                for name, listed in unread._asdict().items()
            },
            "moments_emptied": moments_emptied,
            "error": error,
            "loaded_at": loaded_at,
            "is_current": True,
            "file_size": stat.st_size if stat else None,
            "file_mtime_ns": stat.st_mtime_ns if stat else None,
        },
    )


def write_refusal(con: duckdb.DuckDBPyConnection, identity: Identity, refusal: RefusedFile) -> None:
    """Keep a refused file in both tables: all of its rows, if they can be counted, are missing."""
    counts = Counts(read=refusal.rows, quarantined=refusal.rows)
    reason = str(refusal)
    _insert(
        con,
        "quarantine",
        _quarantine_columns(identity) | {"column_name": refusal.column, "reason": reason},
    )
    write_load(con, identity, "refused", counts, loaded_at=datetime.now(UTC), error=reason)


def write_quarantine(con: duckdb.DuckDBPyConnection, identity: Identity, rows: str) -> int:
    """Quarantine the rows of a query (row_number, column_name, value, reason, row_json)."""
    known = _quarantine_columns(identity)
    marks = ", ".join("?" for _ in known)
    names = ", ".join([*known, "row_number", "column_name", "value", "reason", "row_json"])
    written = con.execute(
        f"insert into {SCHEMA}.quarantine ({names}) select {marks}, * from ({rows})",
        list(known.values()),
    ).fetchall()
    return int(written[0][0])


def record_unknown(con: duckdb.DuckDBPyConnection, inventory: Inventory) -> None:
    """Keep the log's list of unknown files the same as the drop folder's."""
    recorded = {
        key: load for key, load in current_loads(con).items() if key.entity == UNKNOWN_ENTITY
    }
    for unknown in inventory.unknown:
        identity = _identity_of_unknown(unknown)
        known = recorded.pop(identity.key, None)
        if known is None or known.fingerprint != identity.fingerprint:
            with transaction(con):
                supersede(con, identity.key)
                write_refusal(con, identity, RefusedFile(unknown.problem))
    for gone in recorded:
        with transaction(con):
            supersede(con, gone)


def _identity_of_unknown(unknown: UnknownFile) -> Identity:
    """The link or folder itself may not be followed, so the problem stands for its content."""
    key = Key(UNKNOWN_ENTITY, unknown.delivery_date, unknown.file, None)
    return Identity(key, sha256="", fingerprint=_digest(unknown.problem))


def _columns_of(identity: Identity) -> dict[str, object]:
    return {
        "load_id": identity.load_id,
        "source_system": identity.source_system,
        **identity.key._asdict(),
    }


def _quarantine_columns(identity: Identity) -> dict[str, object]:
    columns = _columns_of(identity)
    return {name: columns[name] for name in TABLES["quarantine"] if name in columns}


def _insert(con: duckdb.DuckDBPyConnection, table: str, row: dict[str, object]) -> None:
    marks = ", ".join("?" for _ in row)
    con.execute(
        f"insert into {SCHEMA}.{table} ({', '.join(row)}) values ({marks})", list(row.values())
    )


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of the block or nothing of it."""
    con.execute("begin")
    try:
        yield
        con.execute("commit")
    except BaseException:
        try:
            con.execute("rollback")
        except duckdb.Error as error:
            # A fatal error (full disk) has already ended the transaction; it is the one to report.
            log.debug("rollback was not possible: %s", type(error).__name__)
        raise
