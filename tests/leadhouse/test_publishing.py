"""Write, audit, publish: what readers see, what is refused, what a killed publisher leaves."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from homes import (
    current_number,
    environment,
    keeping,
    sealed_candidate,
    write_candidate,
)

from leadhouse import build, publishing
from leadhouse.database import open_candidate
from leadhouse.errors import LeadhouseError
from leadhouse.kept_builds import current_build
from leadhouse.paths import PROJECT_ROOT


def test_the_first_publish_makes_both_names_and_the_modes_of_their_files(settings):
    sealed_candidate(settings, 1)
    done = publishing.publish(settings)
    main = settings.published_dir / "leadhouse.duckdb"
    pii = settings.published_dir / "leadhouse_pii.duckdb"
    # Fixed links through one moving link: one swap moves both files.
    assert main.readlink() == Path("builds/current/leadhouse.duckdb")
    assert pii.readlink() == Path("builds/current/leadhouse_pii.duckdb")
    folder = settings.published_dir / "builds" / done.build_id
    assert main.resolve() == folder / "leadhouse.duckdb"
    assert pii.resolve() == folder / "leadhouse_pii.duckdb"
    assert main.resolve().stat().st_mode & 0o777 == 0o444
    assert pii.resolve().stat().st_mode & 0o777 == 0o400
    assert sorted(path.name for path in folder.iterdir()) == [
        "leadhouse.duckdb",
        "leadhouse_pii.duckdb",
        "relations.json",
    ]
    relations = settings.published_dir / "relations.json"
    assert relations.readlink() == Path("builds/current/relations.json")
    assert relations.read_text() == '{"build": 1}'
    assert relations.resolve().stat().st_mode & 0o777 == 0o444
    assert not settings.candidate_dir.exists()


def test_the_run_table_says_when_it_was_finished_and_published(settings):
    sealed_candidate(settings, 1)
    done = publishing.publish(settings)
    with duckdb.connect(str(settings.published_dir / "leadhouse.duckdb"), read_only=True) as con:
        row = con.execute(
            "select build_id, tests_passed, started_at <= finished_at, "
            "finished_at <= published_at, length(output_hash) from trust.rpt_run"
        ).fetchall()
        tables = con.execute(
            "select table_name, row_count from trust.rpt_run_tables order by 1"
        ).fetchall()
        version = con.execute(
            "select tags['storage_version'] from duckdb_databases() where not internal"
        ).fetchall()
    assert row == [(done.build_id, True, True, True, 64)]
    assert tables == [
        ("marts.dim_lead_routing_panels", 1),
        ("marts.fct_a", 1000),
        ("marts.fct_b", 1000),
        ("pii.rpt_c", 1000),
        ("trust.rpt_load_log", 1),
    ]
    assert version == [("v1.4.0+",)]


def test_the_output_hash_repeats_whatever_the_wall_clock_and_the_row_order(settings):
    hashes = []
    for direction in ("asc", "desc"):
        write_candidate(settings, 1)
        with open_candidate(settings, read_only=False) as con:
            con.execute(
                f"create or replace table marts.fct_a as from marts.fct_a order by i {direction}"
            )
        build.seal(settings)
        with open_candidate(settings, read_only=True) as con:
            hashes += con.execute("select output_hash from trust.rpt_run").fetchall()
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    "change",
    [
        "update marts.fct_a set i = -1 where i = 7",
        "insert into marts.fct_a from marts.fct_a where i = 7",
        "delete from marts.fct_a where i = 7",
        "alter table marts.fct_a alter i type varchar",
        "create table marts.fct_new as select 1 as i",
        "drop table marts.fct_b",
        "delete from leadhouse_pii.pii.rpt_c where i = 7",
    ],
)
def test_a_build_that_changed_after_its_seal_is_not_published(settings, change):
    sealed_candidate(settings, 1)
    publishing.publish(settings)
    sealed_candidate(settings, 2)
    with open_candidate(settings, read_only=False) as con:
        con.execute(change)
    with pytest.raises(LeadhouseError, match="is not what its checks saw"):
        publishing.publish(settings)
    assert current_number(settings) == 1


def test_equal_rows_twice_do_not_cancel_out_in_the_hash(settings):
    write_candidate(settings, 1)
    with open_candidate(settings, read_only=False) as con:
        con.execute("create table marts.pair as select 1 as a union all select 1")
        one = {each.name: each for each in build.content_seals(con)}["marts.pair"]
        con.execute("create or replace table marts.pair as select 2 as a union all select 2")
        two = {each.name: each for each in build.content_seals(con)}["marts.pair"]
    assert one.content_hash != two.content_hash


def test_a_candidate_that_was_not_sealed_is_refused(settings):
    sealed_candidate(settings, 1)
    publishing.publish(settings)
    write_candidate(settings, 2)
    with pytest.raises(LeadhouseError, match="did not pass its checks"):
        publishing.publish(settings)
    assert current_number(settings) == 1


def test_without_a_candidate_the_message_says_what_to_do(settings):
    with pytest.raises(LeadhouseError, match="Run `leadhouse build` first"):
        publishing.publish(settings)


def test_a_file_in_the_newest_storage_version_is_refused(settings):
    sealed_candidate(settings, 1)
    draft = settings.candidate_dir / "new.duckdb"
    with duckdb.connect() as con:
        con.execute(f"attach '{settings.candidate_dir}/leadhouse_pii.duckdb' as old")
        con.execute(f"attach '{draft}' as new (storage_version 'latest')")
        con.execute("copy from database old to new")
    draft.replace(settings.candidate_dir / "leadhouse_pii.duckdb")
    with pytest.raises(LeadhouseError, match="older DuckDB cannot read"):
        publishing.publish(settings)


def test_a_flipped_bit_never_gets_published(settings):
    sealed_candidate(settings, 1, rows=200_000)
    path = settings.candidate_dir / "leadhouse.duckdb"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    with pytest.raises(LeadhouseError):
        publishing.publish(settings)
    assert current_build(settings) is None


def test_a_view_cannot_be_published(settings):
    write_candidate(settings, 1)
    with open_candidate(settings, read_only=False) as con:
        con.execute("create view marts.loose as select 1 as a")
    with pytest.raises(LeadhouseError, match="is a view"):
        build.seal(settings)


def test_rollback_goes_back_one_build_at_a_time_and_ends_with_a_clear_message(settings):
    for number in (1, 2, 3):
        sealed_candidate(settings, number)
        publishing.publish(settings)
    publishing.rollback(settings)
    assert current_number(settings) == 2
    publishing.rollback(settings)
    assert current_number(settings) == 1
    with pytest.raises(LeadhouseError, match="no build before"):
        publishing.rollback(settings)
    assert current_number(settings) == 1


def test_rollback_passes_by_what_was_withdrawn_before(settings):
    for number in (1, 2):
        sealed_candidate(settings, number)
        publishing.publish(settings)
    publishing.rollback(settings)
    sealed_candidate(settings, 3)
    publishing.publish(settings)
    assert current_number(settings) == 3
    publishing.rollback(settings)
    assert current_number(settings) == 1


def test_rollback_before_the_first_publish_is_a_clear_error(settings):
    with pytest.raises(LeadhouseError, match="Nothing is published"):
        publishing.rollback(settings)


def test_only_the_last_builds_are_kept_and_never_the_current_one_lost(settings):
    settings = keeping(settings, 3)
    for number in range(1, 7):
        sealed_candidate(settings, number)
        publishing.publish(settings)
    kept = sorted(path.name for path in (settings.published_dir / "builds").glob("0*"))
    assert [name[:6] for name in kept] == ["000004", "000005", "000006"]
    assert not list((settings.published_dir / "builds").glob(".*"))
    publishing.rollback(settings)
    publishing.rollback(settings)
    settings = keeping(settings, 2)
    sealed_candidate(settings, 7)
    publishing.publish(settings)
    kept = {path.name[:6] for path in (settings.published_dir / "builds").glob("0*")}
    assert {"000004", "000007"} <= kept


def test_a_build_needs_room_on_the_disk(settings, monkeypatch):
    usage = shutil.disk_usage(settings.home.parent)
    monkeypatch.setattr(build, "LEAST_FREE_BYTES", usage.free * 2)
    with pytest.raises(LeadhouseError, match="MiB free and a build needs"):
        build.prepare_candidate(settings)


def test_what_an_earlier_build_left_is_wiped(settings):
    write_candidate(settings, 1)
    build.prepare_candidate(settings)
    assert list(settings.candidate_dir.iterdir()) == []


def _read(published: str, style: str, answers) -> None:
    """A reader: opens both files by their published names until it is told to stop."""
    main, pii = f"{published}/leadhouse.duckdb", f"{published}/leadhouse_pii.duckdb"
    seen, newest = 0, 0
    errors: list[str] = []
    held = None
    while not Path(published, "stop").exists():
        try:
            floor = int(Path(published, "expected").read_text() or 0)
            con = duckdb.connect(main, read_only=True)
            if style == "overlap":
                held, old = con, held
                if old is not None:
                    old.close()
            numbers = {
                row[0]
                for table in ("fct_a", "fct_b")
                for row in con.execute(f"select distinct build from marts.{table}").fetchall()
            }
            rows = con.execute(
                "select count(*) from marts.fct_a join marts.fct_b using (build, i)"
            ).fetchall()[0][0]
            if style == "short":
                con.close()
            if len(numbers) != 1 or rows != 1000:
                errors.append(f"torn: {numbers} {rows}")
            number = max(numbers)
            if number < max(floor, newest):
                errors.append(f"stale: {number} after {floor}, {newest}")
            newest = number
            if style == "short":
                with duckdb.connect(pii, read_only=True) as con:
                    con.execute("select count(*) from pii.rpt_c").fetchall()
            seen += 1
        except Exception as error:
            errors.append(f"error: {error}")
    answers.put((seen, errors))


@pytest.mark.slow
def test_readers_never_wait_never_fail_and_never_see_a_mix(settings):
    settings = keeping(settings, 3)
    sealed_candidate(settings, 1)
    publishing.publish(settings)
    expected = settings.published_dir / "expected"
    expected.write_text("1")
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    readers = [
        context.Process(
            target=_read, args=(str(settings.published_dir), style, answers), daemon=True
        )
        for style in ("short", "short", "overlap")
    ]
    for reader in readers:
        reader.start()
    for number in range(2, 18):
        sealed_candidate(settings, number)
        publishing.publish(settings)
        draft = expected.with_name("expected.new")
        draft.write_text(str(number))
        draft.replace(expected)
    (settings.published_dir / "stop").touch()
    outcomes = [answers.get(timeout=60) for _ in readers]
    for reader in readers:
        reader.join(timeout=20)
    assert [errors for _, errors in outcomes] == [[], [], []]
    assert all(seen > 5 for seen, _ in outcomes)


PUBLISHER = """
import sys
sys.path.insert(0, sys.argv[1])
from homes import sealed_candidate
from leadhouse.settings import load_settings
from leadhouse import publishing
settings = load_settings()
number = int(sys.argv[2])
print("ready", flush=True)
while True:
    number += 1
    sealed_candidate(settings, number)
    publishing.publish(settings)
    print(number, flush=True)
"""


@pytest.mark.slow
def test_a_publisher_killed_at_any_moment_leaves_a_whole_build(settings):
    settings = keeping(settings, 3)
    sealed_candidate(settings, 1)
    publishing.publish(settings)
    last = 1
    for attempt in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, str(Path(__file__).parents[1]), str(last)],
            env=environment(settings, LEADHOUSE_KEEP_BUILDS="3"),
            cwd=PROJECT_ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05 + 0.037 * attempt)
        os.kill(process.pid, signal.SIGKILL)
        told = process.communicate()[0].split()
        done = int(told[-1]) if told else last
        with duckdb.connect(
            str(settings.published_dir / "leadhouse.duckdb"), read_only=True
        ) as con:
            con.execute(f"attach '{settings.published_dir}/leadhouse_pii.duckdb' as p (read_only)")
            seen = con.execute(
                "select build from marts.fct_a union select build from marts.fct_b "
                "union select build from p.pii.rpt_c"
            ).fetchall()
        assert len(seen) == 1
        assert seen[0][0] in (done, done + 1)
        last = seen[0][0]
    sealed_candidate(settings, last + 1)
    publishing.publish(settings)
    assert current_number(settings) == last + 1
    assert len(list((settings.published_dir / "builds").glob("0*"))) <= 3
    assert not list(settings.published_dir.glob(".*"))
    assert not list((settings.published_dir / "builds").glob(".*"))


def test_a_build_that_never_became_current_is_swept(settings):
    sealed_candidate(settings, 1)
    publishing.publish(settings)
    sealed_candidate(settings, 2)
    lost = settings.published_dir / "builds" / "000002-20240101T000000Z"
    settings.candidate_dir.rename(lost)
    sealed_candidate(settings, 3)
    publishing.publish(settings)
    assert current_number(settings) == 3
    assert not lost.exists()
    publishing.rollback(settings)
    assert current_number(settings) == 1


def test_a_full_disk_while_publishing_is_a_clear_message(settings, monkeypatch):
    sealed_candidate(settings, 1)
    publishing.publish(settings)
    sealed_candidate(settings, 2)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(publishing, "make_durable", full)
    with pytest.raises(LeadhouseError, match="full"):
        publishing.publish(settings)
    monkeypatch.undo()
    assert current_number(settings) == 1


def test_threads_and_memory_settings_reach_the_audit(settings):
    settings = settings.model_copy(update={"memory_limit": "512MB", "threads": 1})
    write_candidate(settings, 1)
    with open_candidate(settings, read_only=True) as con:
        assert con.execute("select current_setting('threads')").fetchall() == [(1,)]
        assert con.execute("select current_setting('memory_limit')").fetchall() == [("488.2 MiB",)]
