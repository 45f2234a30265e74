"""Locks, full disks, damaged files, kills: clear words, and nothing half-done."""

from __future__ import annotations

import fcntl
import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest
from test_loads import content

from ingestion.warehouse import open_warehouse
from leadhouse.errors import LeadhouseError
from leadhouse.lock import writer_lock
from tests.ingestion.company import Company, settings_for

CHILD = """
import sys
sys.path.insert(0, {project!r})
from pathlib import Path
from tests.ingestion.company import land, settings_for
from leadhouse.lock import writer_lock
from leadhouse.errors import LeadhouseError
{before}
settings = settings_for(Path({root!r}))
try:
    with writer_lock(settings):
        print("held", flush=True)
        {inside}
except LeadhouseError as error:
    print(error, flush=True)
    sys.exit(1)
"""


def child(root: Path, inside: str = "land(settings)", before: str = "") -> subprocess.Popen[str]:
    code = CHILD.format(
        project=str(Path(__file__).parents[2]), root=str(root), inside=inside, before=before
    )
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_a_second_writer_waits_and_says_so(company, tmp_path, caplog):
    holder = child(tmp_path, "import time; time.sleep(60)")
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    got = threading.Event()

    def second() -> None:
        with writer_lock(company.settings):
            got.set()

    with caplog.at_level(logging.INFO):
        waiting = threading.Thread(target=second)
        waiting.start()
        assert not got.wait(0.5)
        holder.kill()
        assert got.wait(10)
        waiting.join()
    holder.wait()
    assert [record.getMessage() for record in caplog.records] == [
        f"waiting for the run that holds {company.settings.home / 'run.lock'} "
        f"(process {holder.pid})"
    ]


def test_an_orphaned_build_is_waited_for(company):
    company.settings.home.mkdir()
    handle = os.open(company.settings.home / "build.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    got = threading.Event()

    def run() -> None:
        with writer_lock(company.settings):
            got.set()

    waiting = threading.Thread(target=run)
    waiting.start()
    assert not got.wait(0.5)
    os.close(handle)
    assert got.wait(10)
    waiting.join()


def test_a_home_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "home").write_text("a file")
    with pytest.raises(LeadhouseError) as caught, writer_lock(settings_for(tmp_path)):
        pass
    assert str(tmp_path / "home") in str(caught.value)
    assert "LEADHOUSE_HOME" in str(caught.value)


def test_a_locked_build_file_names_its_holder(company):
    company.land()
    reader = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import duckdb, sys, time\n"
            f"con = duckdb.connect({str(company.settings.warehouse_file)!r}, read_only=True)\n"
            "print('open', flush=True)\ntime.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "open\n"
    try:
        with pytest.raises(LeadhouseError) as caught:
            company.land()
    finally:
        reader.kill()
        reader.wait()
    assert str(caught.value) == (
        f"The build file {company.settings.warehouse_file} is open in process {reader.pid}. "
        "Close that program (readers use published/leadhouse.duckdb instead) and run again."
    )


def test_a_damaged_build_file_says_what_to_do(company):
    company.settings.home.mkdir()
    company.settings.warehouse_file.write_bytes(b"not a database" * 1000)
    with pytest.raises(LeadhouseError) as caught:
        company.land()
    assert str(caught.value).startswith(
        f"The build file {company.settings.warehouse_file} is damaged."
    )


def test_the_session_neither_downloads_nor_depends_on_the_machine(company):
    with open_warehouse(company.settings) as con:
        settings = dict(
            con.execute(
                "select name, value from duckdb_settings() where name in ('TimeZone', 'threads', "
                "'autoinstall_known_extensions', 'autoload_known_extensions', 'temp_directory', "
                "'enable_progress_bar')"
            ).fetchall()
        )
    assert {name: str(value).lower() for name, value in settings.items()} == {
        "TimeZone": "utc",
        "threads": "2",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "enable_progress_bar": "false",
        "temp_directory": str(company.settings.home / "tmp" / "spill").lower(),
    }


def test_leftovers_of_a_killed_run_are_removed(company):
    open_warehouse(company.settings).close()
    spill = company.settings.home / "tmp" / "spill" / "duckdb_temp_storage-0.tmp"
    spill.parent.mkdir(parents=True)
    spill.write_bytes(b"x")
    half = company.settings.landing_dir / "files/users/delivery_date=2024-03-01/.77.parquet"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"x")
    whole = half.with_name("abc.parquet")
    whole.write_bytes(b"x")
    open_warehouse(company.settings).close()
    assert not spill.exists() and not half.exists() and whole.exists()


def test_too_little_memory_says_so(company):
    company.deliver("users.csv", "user_id,name\n1,Ann\n")
    with pytest.raises(LeadhouseError) as caught:
        company.with_settings(memory_limit="1MB").land()
    assert "LEADHOUSE_MEMORY_LIMIT" in str(caught.value)


def deliver_many(company: Company) -> None:
    rows = "".join(f'{at},2024-01-01T10:00,"name {at}\nx",{at * 7919}\n' for at in range(20_000))
    for day in ("2024-03-01", "2024-03-02"):
        company.deliver("contacts.csv", f"contact_id,created_at,company,phone\n{rows}", day)
        company.deliver("users.csv", "user_id,name\n1,Ann\n,nobody\n", day)
        company.deliver("tasks.csv", "task_id\n1\n", day)


@pytest.mark.slow
def test_a_full_disk_ends_clearly_and_the_next_run_mends_it(company, tmp_path):
    company.deliver("users.csv", "user_id,name\n1,Ann\n")
    company.land()
    deliver_many(company)
    other = Company(settings_for(tmp_path / "other"))
    other.deliver("users.csv", "user_id,name\n1,Ann\n")
    other.land()
    deliver_many(other)
    other.land()
    limit = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))"
    )
    run = child(tmp_path, before=limit)
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 1, said
    assert f"The disk of {company.settings.home} is full" in said
    assert "Free some space and run again" in said
    assert "Traceback" not in said
    company.land()
    assert content(company) == content(other)


@pytest.mark.slow
def test_a_kill_at_any_moment_changes_nothing_in_the_end(company, tmp_path):
    reference = Company(settings_for(tmp_path / "reference"))
    deliver_many(reference)
    started = time.monotonic()
    run = child(tmp_path / "reference")
    assert run.wait(120) == 0
    whole = time.monotonic() - started
    wanted = content(reference)
    deliver_many(company)
    dice = random.Random(20240301)
    killed = 0
    for _ in range(8):
        run = child(tmp_path)
        assert run.stdout is not None
        run.stdout.readline()
        try:
            run.wait(dice.uniform(0, whole / 3))
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            killed += 1
        run.wait()
    assert killed > 0
    company.land()
    assert content(company) == wanted
    assert not any((company.settings.home / "tmp").iterdir())
    with duckdb.connect(str(company.settings.warehouse_file), read_only=True) as con:
        assert con.execute("select count(*) from raw.contacts").fetchall() == [(40_000,)]
