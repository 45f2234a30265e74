"""The ledger of publications: what it holds, and that it survives the build file."""

import shutil

import duckdb
from homes import keeping, write_candidate

from ingestion.warehouse import open_warehouse
from leadhouse import build, publishing
from leadhouse.database import open_candidate
from leadhouse.lock import writer_lock
from leadhouse.publications import COPY, LEDGER
from leadhouse.settings import Settings


def ledger(settings: Settings) -> list[tuple[object, ...]]:
    with writer_lock(settings), open_warehouse(settings) as con:
        return con.execute(f"from {LEDGER} order by build_id").fetchall()


def published(settings: Settings, number: int, panel: str = "first") -> str:
    """Publish a build that has a copy of the ledger, as dbt makes it; return its id."""
    known = ledger(settings)
    write_candidate(settings, number)
    with open_candidate(settings, read_only=False) as con:
        con.execute("update marts.dim_lead_routing_panels set config_hash = ?", [panel])
        for row in known:
            con.execute(f"insert into {COPY} values ({', '.join('?' * len(row))})", list(row))
    build.seal(settings)
    with writer_lock(settings):
        return publishing.publish(settings).build_id


def test_every_publication_is_noted_in_the_build_file_and_in_its_build(settings):
    first, again = published(settings, 1), published(settings, 1)
    other = published(settings, 2, panel="second")
    rows = ledger(settings)
    assert [row[0] for row in rows] == [first, again, other]
    with duckdb.connect(str(settings.published_dir / "leadhouse.duckdb"), read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        assert con.execute(f"from {COPY} order by build_id").fetchall() == rows
        made = con.execute("select build_id, published_at, output_hash from trust.rpt_run")
        assert made.fetchall() == [(other, rows[2][1], rows[2][8])]
    assert rows[0][8] == rows[1][8] != rows[2][8]
    assert [row[6] for row in rows] == ['{"p":"first"}', '{"p":"first"}', '{"p":"second"}']
    assert rows[0][4:6] == ("code", "seeds")
    assert rows[0][9:] == (5, 3002)
    assert rows[0][1] < rows[1][1] < rows[2][1]


def test_a_lost_build_file_gets_its_ledger_back_from_the_kept_builds(settings):
    few = keeping(settings, 1)
    for number in (1, 2, 3, 4):
        published(few, number)
    rows = ledger(settings)
    assert len(rows) == 4
    assert len(list(settings.builds_dir.iterdir())) < 5
    settings.warehouse_file.unlink()
    assert ledger(settings) == rows


def test_a_build_taken_back_was_published_and_one_never_current_was_not(settings):
    first, second = published(settings, 1), published(settings, 2)
    with writer_lock(settings):
        publishing.rollback(settings)
    stray = f"999999{second[6:]}"
    shutil.copytree(settings.builds_dir / second, settings.builds_dir / stray)
    settings.warehouse_file.unlink()
    assert [row[0] for row in ledger(settings)] == [first, second]


def test_a_build_of_a_version_without_the_ledger_is_passed_by(settings):
    first = published(settings, 1)
    with duckdb.connect(str(settings.warehouse_file)) as con:
        con.execute(f"delete from {LEDGER}")
    file = settings.builds_dir / first / "leadhouse.duckdb"
    file.chmod(0o644)
    with duckdb.connect(str(file)) as con:
        con.execute(f"drop table {COPY}")
    assert ledger(settings) == []
