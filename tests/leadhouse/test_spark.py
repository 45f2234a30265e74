"""Spark as the engine: what is said when it is not there, sessions, and what parity compares.

Nothing here needs Java or pyspark; `make parity` needs both.
"""

from __future__ import annotations

import ast
import socket
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

import duckdb
import pytest
from click.testing import CliRunner

from leadhouse.code_version import seeds_hash
from leadhouse.database import create_candidate, open_candidate
from leadhouse.dbt_project import dbt_environment
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings, load_settings
from leadhouse.spark import cluster
from leadhouse.spark.session import VARIABLE, configuration, open_session, text
from tests.homes import environment
from tests.parity.__main__ import main as parity
from tests.parity.comparing import compare


@pytest.fixture
def spark(settings: Settings) -> Settings:
    return load_settings(
        environment(settings, LEADHOUSE_ENGINE="spark", LEADHOUSE_PII_KEY="a'b\\c")
    )


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind((cluster.HOST, 0))
        return int(probe.getsockname()[1])


def test_no_server_is_said_with_what_to_do(spark: Settings) -> None:
    nowhere = spark.model_copy(update={"spark_server": f"127.0.0.1:{closed_port()}"})
    with (
        pytest.raises(LeadhouseError, match=r"No Thrift server.*leadhouse\.spark start.*published"),
        open_session(nowhere),
    ):
        pass


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_a_port_of_another_program_is_said_with_what_to_do(
    spark: Settings, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    """It says something else, or nothing at all, which must not keep a run waiting for ever."""
    monkeypatch.setattr("leadhouse.spark.session.ANSWER_SECONDS", 1)
    with socket.create_server((cluster.HOST, 0)) as other:

        def talk() -> None:
            with suppress(OSError):
                while True:
                    client, _ = other.accept()
                    callers.append(client)
                    client.sendall(answer)

        callers: list[socket.socket] = []
        Thread(target=talk, daemon=True).start()
        there = f"{cluster.HOST}:{other.getsockname()[1]}"
        with (
            pytest.raises(
                LeadhouseError, match=rf"No Thrift server.*{there}.*LEADHOUSE_SPARK_SERVER"
            ),
            open_session(spark.model_copy(update={"spark_server": there})),
        ):
            pass
    assert callers


class Server:
    """A Thrift server's session: what it says of itself, whatever it was opened with."""

    def __init__(self, zone: str, ansi: str) -> None:
        self.says = {
            "select current_timezone()": [(zone,)],
            "set spark.sql.ansi.enabled": [("spark.sql.ansi.enabled", ansi)],
        }
        self.description = ["a result"]

    def cursor(self) -> Server:
        return self

    def execute(self, statement: str) -> None:
        self.said = self.says[statement]

    def fetchall(self) -> list[tuple[str, ...]]:
        return self.said

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("zone", "ansi", "said"),
    [
        ("UTC", "true", None),
        ("Asia/Tokyo", "true", "works in time zone Asia/Tokyo with ANSI SQL on"),
        ("UTC", "false", "works in time zone UTC with ANSI SQL off"),
    ],
)
def test_a_server_of_another_zone_or_without_ansi_is_said_with_what_to_do(
    spark: Settings, monkeypatch: pytest.MonkeyPatch, zone: str, ansi: str, said: str | None
) -> None:
    monkeypatch.setattr("pyhive.hive.connect", lambda **_: Server(zone, ansi))
    if said is None:
        with open_session(spark) as session:
            assert session.execute("select current_timezone()") == [("UTC",)]
        return
    with (
        pytest.raises(LeadhouseError, match=rf"{said}.*timeZone=UTC and .*ansi\.enabled=true"),
        open_session(spark),
    ):
        pass


def test_parity_without_java_says_so_and_tests_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    told = CliRunner().invoke(parity, [])
    assert told.exit_code == 2
    assert "No parity was tested. Spark needs Java 17" in told.output
    assert "openjdk-17-jre-headless" in told.output


def test_java_that_is_missing_or_old_is_said_with_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(LeadhouseError, match=r"found none\. .*openjdk-17-jre-headless"):
        cluster.java()
    (tmp_path / "bin").mkdir()
    old = tmp_path / "bin" / "java"
    old.write_text(f"#!{sys.executable}\nimport sys\nsys.stderr.write('version \"11.0.2\"')\n")
    old.chmod(0o755)
    with pytest.raises(LeadhouseError, match="found 11"):
        cluster.java()


def test_spark_that_is_not_where_it_is_said_to_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPARK_HOME", str(tmp_path))
    with pytest.raises(LeadhouseError, match="no bin/spark-class"):
        cluster.spark_home()


def test_a_port_that_is_taken_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cluster, "java", lambda: "java")
    monkeypatch.setattr(cluster, "spark_home", lambda: tmp_path)
    with socket.socket() as taken:
        taken.bind((cluster.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LeadhouseError, match=f"Port {port} .* --port"):
            cluster.start(tmp_path / "cluster", port)
    assert not (tmp_path / "cluster").exists()


def test_a_session_has_utc_ansi_both_clocks_and_keeps_the_key_out_of_logs(spark: Settings) -> None:
    known = configuration(spark, run_id="it's")
    assert known["set:spark.sql.session.timeZone"] == "UTC"
    assert known["set:spark.sql.ansi.enabled"] == "true"
    assert known["set:leadhouse_as_of"] == f"timestamp '{spark.as_of.isoformat()}'"
    assert known["set:leadhouse_as_known_at"] == "cast(null as date)"
    assert known["set:leadhouse_run_id"] == r"'it\'s'"
    assert known["set:leadhouse_pii_key"] == r"'a\'b\\c'" == text("a'b\\c")
    assert known["set:spark.sql.redaction.string.regex"] == r"a'b\\c"


def test_dbt_gets_the_session_and_the_target_of_the_engine(spark: Settings, tmp_path: Path) -> None:
    on_spark = dbt_environment(spark, tmp_path)
    assert on_spark["DBT_TARGET"] == "spark"
    assert ast.literal_eval(on_spark[VARIABLE])["set:leadhouse_currency"] == "'EUR'"
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "channels.csv").write_text("of a company\n")
    of_others = dbt_environment(spark, tmp_path, project=tmp_path)
    assert ast.literal_eval(of_others[VARIABLE])["set:leadhouse_seeds_hash"] == text(
        seeds_hash(tmp_path)
    )
    assert seeds_hash(tmp_path) != seeds_hash()
    on_duckdb = dbt_environment(spark.model_copy(update={"engine": "duckdb"}), tmp_path)
    assert VARIABLE not in on_duckdb


MANIFEST = {
    "nodes": {
        "model.fct_a": {
            "unique_id": "model.fct_a",
            "resource_type": "model",
            "database": "leadhouse",
            "schema": "marts",
            "alias": "fct_a",
            "name": "fct_a",
        },
        "test.fct_a": {
            "unique_id": "test.fct_a",
            "resource_type": "test",
            "attached_node": "model.fct_a",
            "depends_on": {"nodes": ["model.fct_a"]},
            "test_metadata": {"name": "row_rules", "kwargs": {"key": ["id"]}},
        },
    }
}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("select 1 as id, 2.5 as amount", []),
        ("select 1 as id, 2.6 as amount", ["id 1: amount is Decimal('2.5') on DuckDB"]),
        ("select 1 as id, cast(2.5 as double) as amount", ["amount is DECIMAL(2,1) on DuckDB"]),
        ("select 2 as id, 2.5 as amount", ["id 1 is on DuckDB only", "id 2 is on Spark only"]),
        ("select 1 as id, 2.5 as amount from range(2)", ["0 rows are DuckDB's alone, 1 are Spark"]),
    ],
)
def test_parity_names_table_key_column_and_both_values(
    settings: Settings, tmp_path: Path, rows: str, said: list[str]
) -> None:
    for engine, sql in (("duckdb", "select 1 as id, 2.5 as amount"), ("spark", rows)):
        create_candidate(settings)
        with open_candidate(settings, read_only=False) as con:
            con.execute(f"create schema marts; create table marts.fct_a as {sql}")
        settings.candidate_dir.rename(tmp_path / engine)
    [found] = compare(MANIFEST, tmp_path / "duckdb", tmp_path / "spark")
    assert found.table == "marts.fct_a"
    assert bool(found.differences) == bool(said)
    for words in said:
        assert any(words in line for line in found.differences), found.differences


def test_a_candidate_for_a_copy_is_one_that_older_clients_read(settings: Settings) -> None:
    create_candidate(settings)
    with duckdb.connect() as con:
        for file in settings.candidate_dir.iterdir():
            con.execute(f"attach '{file}' as {file.stem} (read_only)")
        found = con.execute(
            "select tags['storage_version'] from duckdb_databases() "
            "where database_name like 'lead%'"
        ).fetchall()
    assert found == [("v1.4.0+",), ("v1.4.0+",)]
