"""Builds beside what is published: a past day, and a home that nothing of it is left in."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from homes import deliver, leadhouse, sealed_candidate, write_candidate

from leadhouse import build, past, publishing
from leadhouse.aside import home_aside
from leadhouse.database import open_candidate, open_published
from leadhouse.errors import LeadhouseError
from leadhouse.lock import writer_lock
from leadhouse.publications import LEDGER
from leadhouse.settings import Settings
from tests.ingestion.company import land

CONTACTS = "contact_id,created_at\nc1,2024-02-01\n"
THEN = datetime(2024, 3, 2, tzinfo=UTC)


@pytest.fixture
def home(settings: Settings) -> Settings:
    """A home with something landed and published."""
    deliver(settings, "2024-03-01", contacts=CONTACTS)
    land(settings)
    publish(settings, 1)
    return settings.model_copy(update={"as_of": THEN})


def publish(settings: Settings, number: int) -> None:
    write_candidate(settings, number)
    with open_candidate(settings, read_only=False) as con:
        con.execute("update trust.rpt_run set as_of = ?", [THEN])
        con.execute("alter table trust.rpt_run add data_through_date date")
    build.seal(settings)
    with writer_lock(settings):
        publishing.publish(settings)


def files(settings: Settings) -> dict[str, tuple[int, int]]:
    """Everything in a home but logs, with size and time."""
    return {
        str(path): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in settings.home.rglob("*")
        if path.is_file() and path.suffix not in (".lock", ".log") and "target" not in path.parts
        and path != settings.warehouse_file
    }  # fmt: skip


def ledger(settings: Settings) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        return con.execute(f"from {LEDGER}").fetchall()


def test_a_home_aside_has_what_landed_and_hands_over_what_is_published(home, tmp_path: Path):
    before, known = files(home), ledger(home)
    with home_aside(home, tmp_path / "then") as aside:
        with duckdb.connect(str(aside.warehouse_file), read_only=True) as con:
            assert con.execute("select contact_id from raw.contacts").fetchall() == [("c1",)]
        assert aside.pii_key_file.read_text() == home.pii_key_file.read_text()
        sealed_candidate(aside, 7)
        publishing.publish(aside)
    assert [path.name for path in (tmp_path / "then").iterdir()] == ["published"]
    with open_published(home.model_copy(update={"home": tmp_path / "then"})) as con:
        assert con.execute("select any_value(build) from marts.fct_a").fetchall() == [(7,)]
    assert (files(home), ledger(home)) == (before, known)


@pytest.mark.parametrize("failure", [LeadhouseError, KeyboardInterrupt])
def test_what_fails_leaves_nothing(home, tmp_path: Path, failure: type[BaseException]):
    before = files(home)
    with pytest.raises(failure), home_aside(home, tmp_path / "then") as aside:
        sealed_candidate(aside, 7)
        raise failure
    assert not (tmp_path / "then").exists()
    assert files(home) == before


def test_a_signal_to_terminate_cleans_up(home, tmp_path: Path):
    with pytest.raises(KeyboardInterrupt), home_aside(home, tmp_path / "then") as aside:
        os.kill(os.getpid(), signal.SIGTERM)
    assert not aside.home.exists()


def test_a_folder_with_other_things_is_left_alone(home, tmp_path: Path):
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "thesis.txt").touch()
    for folder in (tmp_path / "papers", tmp_path / "papers" / "thesis.txt", home.home):
        with pytest.raises(LeadhouseError, match="holds other things"), home_aside(home, folder):
            pass


def test_nothing_landed_is_said(settings, tmp_path: Path):
    with (
        pytest.raises(LeadhouseError, match="Nothing has landed"),
        home_aside(settings, tmp_path / "then"),
    ):
        pass


def test_a_past_day_says_whether_it_is_what_was_published(home, tmp_path: Path, monkeypatch):
    for number, said in ((1, "the content is the same"), (2, "had another content: deliveries")):

        def results(aside: Settings, *_: object, number: int = number):
            write_candidate(aside, number)
            with open_candidate(aside, read_only=False) as con:
                con.execute("update trust.rpt_run set as_of = ?", [aside.as_of])
                con.execute("alter table trust.rpt_run add data_through_date date")
            build.seal(aside)
            return iter(())

        monkeypatch.setattr(past, "build_results", results)
        told: list[str] = []
        past.build_past(home, tmp_path / "then", told.append)
        assert said in told[0]
        assert f"LEADHOUSE_HOME={tmp_path / 'then'} leadhouse sql" in told[-1]
    told.clear()
    other = home.model_copy(update={"as_of": datetime(2024, 3, 3, tzinfo=UTC)})
    past.build_past(other, tmp_path / "then", told.append)
    assert told[0] == "No build of this instant was published then."


def test_the_clocks_of_the_command_line_are_checked(settings):
    done = leadhouse(settings, "run", "--as-of", "someday")
    assert done.returncode == 1
    assert done.stderr.startswith("--as-of is 'someday', which is not a date or time.")
