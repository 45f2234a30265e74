"""`leadhouse doctor` in every state that a home is found in: right, and no more than it saw."""

import duckdb
import pytest
from homes import copied_home, deliver, deliver_small_company, leadhouse, sealed_candidate

from leadhouse.lock import writer_lock

pytestmark = [pytest.mark.slow, pytest.mark.long]

STAGES = "pipeline,stage,position,kind\n"


def verdicts(settings):
    """What the doctor says, (verdict, words) by check, and which checks are wrong."""
    done = leadhouse(settings, "doctor")
    assert "Traceback" not in done.stderr
    said = {}
    for line in done.stdout.splitlines():
        if line.startswith(("ok    ", "FIX   ")):
            name, _, words = line[6:].partition(": ")
            said[name] = (line[:3].strip(), words)
    wrong = [name for name, (verdict, _) in said.items() if verdict == "FIX"]
    assert done.returncode == (1 if wrong else 0), done.stderr
    return said, wrong


def test_a_home_that_is_new(settings):
    """One home through its states: each step depends on what the one before left."""
    said, wrong = verdicts(settings)
    assert wrong == ["drop folder and mappings"]  # there is none
    assert "nothing has landed" in said["seeds and panels"][1]

    settings.drop.mkdir()
    said, wrong = verdicts(settings)
    assert "0 files" in said["drop folder and mappings"][1]
    assert wrong == []

    deliver_small_company(settings)
    assert leadhouse(settings, "land").returncode == 0
    sealed_candidate(settings, 1)
    said, wrong = verdicts(settings)
    assert (wrong, said["seeds and panels"][0]) == ([], "ok")
    assert "agree" in said["seeds and panels"][1]
    assert settings.candidate_dir.exists(), "the build still waits to be published"


def test_a_home_that_has_published(published_home, tmp_path):
    settings = copied_home(published_home, tmp_path)
    with writer_lock(settings):
        said, wrong = verdicts(settings)
        assert wrong == [] and "a run is going on" in said["seeds and panels"][1]

    deliver(settings, "2024-03-04", deals='deal_id\n"never closed\n')
    assert leadhouse(settings, "land").returncode == 1
    said, wrong = verdicts(settings)
    assert wrong == [] and said["published"][1].startswith("build 000001-")
    assert "another version" not in said["published"][1]

    published = settings.published_dir / "leadhouse.duckdb"
    file = published.resolve()
    whole = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(b"\0" * 4096 + whole[4096:])
    said, wrong = verdicts(settings)
    assert wrong == ["published"] and "--rollback" in said["published"][1]
    file.write_bytes(whole)

    with duckdb.connect(str(file)) as con:
        for column in ("build_id", "currency", "data_through_date"):
            con.execute(f"alter table trust.rpt_run drop column {column}")
        con.execute("update trust.rpt_run set code_version = 'of last year'")
    said, wrong = verdicts(settings)
    assert wrong == [] and "another version" in said["published"][1]
    status = leadhouse(settings, "status").stdout
    assert "000001-" in status and "older than this statement" in status

    settings.warehouse_file.write_bytes(b"\0" * 8192)
    said, wrong = verdicts(settings)
    assert wrong == ["seeds and panels"] and "is damaged" in said["seeds and panels"][1]


def test_a_panel_that_names_an_unknown_stage(settings):
    """The message speaks of the seeds: no build failed, because nobody built."""
    deliver(settings, "2024-03-01", pipeline_stages=STAGES + "Sprzedaż,nowy kontakt,1,open\n")
    assert leadhouse(settings, "land").returncode == 0
    done = leadhouse(settings, "doctor")
    assert done.returncode == 1
    assert "Panel ebook_polska names stage 'spotkanie u klienta'" in done.stdout
    assert "build failed" not in done.stdout
