"""A session of Spark's Thrift server: its settings, the values of the run, and what fails.

What DuckDB has as session variables is here configuration of the session, which Spark puts into a
statement's text before it reads it (``${leadhouse_as_of}``). dbt's threads have sessions of their
own, so that no statement of one can set something for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from leadhouse import sqltext as sql
from leadhouse.errors import LeadhouseError
from leadhouse.session_values import values_of
from leadhouse.settings import Settings

VARIABLE = "LEADHOUSE_SPARK_SESSION"
"""The environment variable by which dbt's profile gets the configuration of a session."""

ANSWER_SECONDS = 120
"""How long a server may take to open a session; another program on that port may never answer."""


def configuration(
    settings: Settings,
    run_id: str | None = None,
    started_at: datetime | None = None,
    project: Path | None = None,
) -> dict[str, str]:
    """What a session is opened with. The server takes only keys that begin with ``set:``."""
    values = values_of(settings, run_id, started_at, project)
    literals = {name: _literal(value) for name, value in values.items()}
    literals |= {
        "odd_characters": text(sql.ODD_CHARACTERS),
        "plain_characters": text(sql.PLAIN_CHARACTERS),
    }
    key = re.escape(settings.pii_key.get_secret_value())
    return {
        f"set:{name}": text
        for name, text in {
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.ansi.enabled": "true",
            # What DuckDB reads as an instant.
            "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
            # A recursion ends when it has nothing new; the defaults end it by a count.
            "spark.sql.cteRecursionLevelLimit": "1000000",
            "spark.sql.cteRecursionRowLimit": "-1",
            # Neither logs nor the web UI of Spark show the key.
            "spark.sql.redaction.string.regex": key,
            **{f"leadhouse_{name}": literal for name, literal in literals.items()},
        }.items()
    }


def _literal(value: datetime | date | str | None) -> str:
    match value:
        case datetime():
            return f"timestamp {text(value.isoformat())}"
        case date():
            return f"date {text(value.isoformat())}"
        case None:
            return "cast(null as date)"
    return text(value)


def text(value: str) -> str:
    """``value`` as a string literal of Spark."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def name(identifier: str) -> str:
    """``identifier`` as a quoted name of Spark."""
    return "`" + identifier.replace("`", "``") + "`"


class Session:
    """An open session; its statements raise :class:`LeadhouseError` in Spark's words."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement to its end and give its rows."""
        from pyhive.exc import OperationalError

        try:
            self._cursor.execute(statement)
            return list(self._cursor.fetchall()) if self._cursor.description else []
        except OperationalError as error:
            raise LeadhouseError(f"Spark could not do its part: {_words(error)}") from None


@contextmanager
def open_session(
    settings: Settings, run_id: str | None = None, started_at: datetime | None = None
) -> Iterator[Session]:
    """A session of the Thrift server that ``settings`` names, with the values of the run.

    Raises :class:`LeadhouseError` when no server answers there, or when it is not set as it must
    be whatever the session asks for.
    """
    from pyhive import hive
    from pyhive.exc import OperationalError
    from thrift.transport.TSocket import TSocket
    from thrift_sasl import TSaslClientTransport

    host, _, port = settings.spark_server.rpartition(":")
    socket = TSocket(host, int(port))
    socket.setTimeout(ANSWER_SECONDS * 1000)
    who = {"host": host, "service": None, "username": "leadhouse", "password": "nobody asks"}
    try:
        connection = hive.connect(
            username=who["username"],
            thrift_transport=TSaslClientTransport(
                lambda: hive.get_installed_sasl(sasl_auth="PLAIN", **who), "PLAIN", socket
            ),
            configuration=configuration(settings, run_id, started_at),
        )
        # A statement may take hours.
        socket.setTimeout(None)
    except Exception as error:
        raise LeadhouseError(
            f"No Thrift server of Spark answers at {settings.spark_server} "
            f"({_words(error)}). Start one (`python -m leadhouse.spark start` starts one on this "
            "machine), or name its host and port in LEADHOUSE_SPARK_SERVER. What was published "
            "before stays."
        ) from None
    try:
        session = Session(connection.cursor())
        _check_engine(session, settings)
        yield session
    finally:
        # A server without Hive's LLAP, such as pyspark's, closes it and says that it cannot.
        with suppress(OperationalError):
            connection.close()


def _check_engine(session: Session, settings: Settings) -> None:
    zone = session.execute("select current_timezone()")[0][0]
    ansi = session.execute("set spark.sql.ansi.enabled")[0][1]
    if zone != "UTC" or ansi != "true":
        raise LeadhouseError(
            f"The Thrift server at {settings.spark_server} works in time zone {zone} with ANSI SQL "
            f"{'on' if ansi == 'true' else 'off'} and does not take what a session asks for (UTC, "
            "on). Start it with spark.sql.session.timeZone=UTC and spark.sql.ansi.enabled=true. "
            "What was published before stays."
        )


def _words(error: Exception) -> str:
    """What the server said, in one line, without the plan that it shows beside it."""
    status = getattr(error.args[0], "status", None) if error.args else None
    said = str(status.errorMessage if status else error).partition(";\n")[0]
    return " ".join(re.sub(r"^Error running query: |\S+\.\w+Exception: ", "", said).split())
