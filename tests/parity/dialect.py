"""The forms of a macro in macros/dialect, run by both engines on the same rows and compared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2

from leadhouse import sqltext as sql
from leadhouse.paths import PROJECT_ROOT
from leadhouse.session_values import set_session_values
from leadhouse.settings import Settings
from leadhouse.spark.session import Session, open_session, text
from tests.parity.comparing import differences

DIALECT = PROJECT_ROOT / "macros" / "dialect"
FORMS = {"duckdb": "default", "spark": "spark"}
_NOT_MACROS = "materializations.sql"
_USED = [PROJECT_ROOT / "macros" / "money" / "ratio.sql"]


@dataclass(frozen=True)
class Case:
    """``query``: Jinja of a select with a column ``id``, or those of ``key``, over ``given``.

    ``given`` is what a select of DuckDB makes, so that both engines read the same file.
    """

    macro: str
    query: str
    given: str
    key: tuple[str, ...] = ("id",)


class Column(SimpleNamespace):
    """What dbt's adapter tells of a column."""

    def is_string(self) -> bool:
        """Whether it is a text."""
        return bool(self.type in ("VARCHAR", "string"))


class Engine(ABC):
    """An engine with the rows of a case, under the name ``given``."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder

    @abstractmethod
    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement and give its rows."""

    @abstractmethod
    def keep(self, query: str) -> Path:
        """Write the rows of a query; the Parquet files that hold them."""

    @abstractmethod
    def columns(self, table: str) -> list[Column]:
        """The columns of a table."""

    def rendered(self, query: str, instead: Mapping[str, str], **more: Any) -> str:
        """The query's Jinja with the macros of this engine, as dbt renders it.

        ``instead`` puts other texts into the macros: what it replaces stands there.
        """
        files = [path for path in sorted(DIALECT.glob("*.sql")) if path.name != _NOT_MACROS]
        macros = "".join(path.read_text() for path in files + _USED)
        for written, other in instead.items():
            assert written in macros, written
            macros = macros.replace(written, other)
        environment = jinja2.Environment(
            extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined
        )
        library = SimpleNamespace()
        adapter = SimpleNamespace(
            dispatch=lambda name, _: getattr(library, f"{FORMS[self.name]}__{name}"),
            get_columns_in_relation=self.columns,
        )
        known = {
            "adapter": adapter,
            "return": lambda value: value,
            "leadhouse": library,
            "execute": True,
            "flags": SimpleNamespace(INTROSPECT=True, WHICH="build"),
            "run_query": self.execute,
            "target": SimpleNamespace(schema="leadhouse", type=self.name),
            **more,
        }
        template = environment.from_string(f"{macros}{{% macro query() %}}{query}{{% endmacro %}}")
        library.__dict__.update(vars(template.make_module(known)))
        return str(library.query())


class DuckDB(Engine):
    """DuckDB in memory."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        super().__init__("duckdb", folder)
        self._con = duckdb.connect()
        set_session_values(self._con, settings, "it's \\ the run")

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        return self._con.execute(statement).fetchall()

    def keep(self, query: str) -> Path:
        file = self.folder / "duckdb.parquet"
        self.execute(f"copy ({query}) to {sql.text(str(file))} (format parquet)")
        return file

    def columns(self, table: str) -> list[Column]:
        return [
            Column(name=name, quoted=sql.name(name), type=kind)
            for name, kind, *_ in self.execute(f"describe {table}")
        ]


class Spark(Engine):
    """A session of the Thrift server."""

    def __init__(self, session: Session, folder: Path) -> None:
        super().__init__("spark", folder)
        self._session = session

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        return self._session.execute(statement)

    def keep(self, query: str) -> Path:
        folder = self.folder / "spark"
        self.execute(f"insert overwrite directory {text(folder.as_uri())} using parquet {query}")
        return folder / "*.parquet"

    def columns(self, table: str) -> list[Column]:
        return [
            Column(name=name, quoted=f"`{name}`", type=kind)
            for name, kind, *_ in self.execute(f"describe {table}")
        ]


@contextmanager
def both_engines(settings: Settings, folder: Path, given: str) -> Iterator[tuple[DuckDB, Spark]]:
    """Both engines with the rows of ``given`` in a table of that name; Spark's is dropped."""
    file = folder / "given.parquet"
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.execute(f"copy ({given}) to {sql.text(str(file))} (format parquet)")
    one = DuckDB(settings, folder)
    one.execute(f"create table given as from read_parquet({sql.text(str(file))})")
    with open_session(settings, "it's \\ the run") as session:
        other = Spark(session, folder)
        other.execute("create schema if not exists leadhouse_forms")
        other.execute("use leadhouse_forms")
        try:
            other.execute(
                "create or replace temporary view given using parquet "
                f"options (path {text(file.as_uri())})"
            )
            yield one, other
        finally:
            other.execute("drop schema if exists leadhouse_forms cascade")


def compared(
    settings: Settings, folder: Path, case: Case, instead: Mapping[str, str] | None = None
) -> tuple[int, list[str]]:
    """Run a case on both engines: the rows of DuckDB, and what is not the same on Spark.

    ``instead`` puts other texts into Spark's macros.
    """
    with both_engines(settings, folder, case.given) as (one, other):
        files = [
            one.keep(one.rendered(case.query, {})),
            other.keep(other.rendered(case.query, instead or {})),
        ]
    return told(files, case.key)


def told(files: list[Path], key: tuple[str, ...]) -> tuple[int, list[str]]:
    """The rows of the first of two Parquet results, and how the other is not the same."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        for name, path in zip(("one", "other"), files, strict=True):
            con.execute(f"create table {name} as from read_parquet({sql.text(str(path))})")
        rows = int(con.execute("select count(*) from one").fetchall()[0][0])
        return rows, list(differences(con, "one", "other", list(key)))
