"""What a person at the terminal gets: short answers, one clear message, the right exit status."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import click
import duckdb
import pytest
from homes import deliver, environment, leadhouse, sealed_candidate

from leadhouse import publishing
from leadhouse.alerts import watched
from leadhouse.cli.main import main
from leadhouse.last_runs import last_runs
from leadhouse.lock import writer_lock
from leadhouse.paths import PROJECT_ROOT


def failure(done: subprocess.CompletedProcess[str]) -> str:
    """The message of a command that failed as it should: one message and no traceback."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr.strip()
    return done.stderr


def test_help_is_for_newcomers_and_quick(settings):
    began = time.process_time()
    done = leadhouse(settings, "--help")
    assert done.returncode == 0
    for command in ("run", "land", "build", "publish", "demo", "doctor", "sql", "status"):
        assert f"\n  {command} " in done.stdout
    assert "LEADHOUSE_DROP" in done.stdout
    assert "drop/2024-03-01/contacts.csv" in " ".join(done.stdout.split())
    assert time.process_time() - began < 5
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, leadhouse.cli.main\n"
            "print({'dagster', 'dbt', 'pandas'} & set(sys.modules))",
        ],
        cwd=PROJECT_ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "set()"
    assert not settings.candidate_dir.exists()


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_shows_an_example_that_is_one(settings, name):
    command = main.commands[name]
    with click.Context(command, info_name=f"leadhouse {name}") as context:
        said = " ".join(command.get_help(context).split())
    given = shlex.split(said.partition("Example: leadhouse ")[2])
    assert given[0] == name
    with command.make_context(name, given[1:], parent=click.Context(main)) as context:
        assert context.command is command


RECIPES = re.findall(
    r"^\*\*([^*\n]+)\*\*((?:.+\n)*?.+):\n\n((?:    .+\n)+)",
    (PROJECT_ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("### Recipes\n")[2],
    re.M,
)
"""Name of the change, what is said of it, and the lines to type."""


def test_there_is_a_recipe_for_each_change_with_its_time():
    assert {name.lower().removeprefix("a ").removeprefix("an ") for name, _, _ in RECIPES} >= {
        *("change a model", "add a column", "report", "attribution model", "panel", "entity"),
        *("mapping", "vendor"),
    }
    untimed = [name for name, said, _ in RECIPES if not re.search(r"\d s\b|the same", said)]
    assert untimed == []


@pytest.mark.parametrize("commands", [pytest.param(each[2], id=each[0]) for each in RECIPES])
def test_a_recipe_calls_what_there_is(commands):
    for line in commands.splitlines():
        program, *given = shlex.split(line, comments=True)
        if program == ".venv/bin/leadhouse":
            command = main.commands[given[0]]
            with command.make_context(given[0], given[1:], parent=click.Context(main)):
                pass
        elif program == "make":
            makefile = (PROJECT_ROOT / "Makefile").read_text("utf-8")
            assert re.search(rf"^{given[0]}:", makefile, re.M), line
        else:
            assert program in ("$EDITOR", "cd", "echo", ".venv/bin/python"), line


@pytest.mark.slow
def test_home_and_drop_are_found_from_whatever_folder(settings, tmp_path):
    called_from = {"cwd": tmp_path, "capture_output": True, "text": True, "check": False}
    variables = environment(settings, LEADHOUSE_HOME="no-such-home", LEADHOUSE_DROP="no-such-drop")
    command = [sys.executable, "-m", "leadhouse.cli.main"]
    told = subprocess.run([*command, "sql", "select 1"], env=variables, **called_from)
    assert f"there is no {PROJECT_ROOT / 'no-such-home'}/published" in failure(told)
    variables["LEADHOUSE_HOME"] = str(settings.home)
    told = subprocess.run([*command, "land"], env=variables, **called_from)
    assert str(PROJECT_ROOT / "no-such-drop") in failure(told)
    assert list(tmp_path.glob("no-such-*")) == []


@pytest.mark.slow
def test_the_shell_completes_commands_and_tables(settings):
    sealed_candidate(settings, 1)
    publishing.publish(settings)

    def completed(words: str) -> list[str]:
        variables = {
            "_LEADHOUSE_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
        }
        done = subprocess.run(
            [Path(sys.executable).with_name("leadhouse")],
            env=environment(settings, **variables),
            capture_output=True,
            text=True,
            check=True,
        )
        return [line.partition(",")[2] for line in done.stdout.splitlines()]

    assert completed("leadhouse sta") == ["status"]
    assert completed("leadhouse export channel") == ["channel-return"]
    tables = ["marts.dim_lead_routing_panels", "marts.fct_a", "marts.fct_b"]
    assert completed("leadhouse export marts") == tables


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("from marts.fct_aa", 'Did you mean "fct_a"?'),
        ("select bild from marts.fct_a", "build"),
        ("selec 1", 'syntax error at or near "selec"'),
        ("create table marts.new as select 1", "read-only"),
        ("delete from marts.fct_a", "read-only"),
        ("copy marts.fct_a to 'stolen.csv'", "disabled"),
        ("from read_text('/etc/hostname')", "disabled"),
        ("attach 'other.duckdb'", "disabled"),
        ("", "There is no query"),
        (" -- nothing\n;", "There is no query"),
    ],
)
def test_a_query_that_cannot_be_answered(settings, query, hint):
    sealed_candidate(settings, 1)
    publishing.publish(settings)
    told = failure(leadhouse(settings, "sql", query))
    assert hint in told and "published by another version" not in told


@pytest.mark.slow
def test_csv_and_json_hold_one_answer_and_text_as_it_is(settings):
    sealed_candidate(settings, 1, rows=2)
    publishing.publish(settings)
    query = (
        "select i, null as n, 'a\"b,' || chr(10) || 'ż' as t, 1.50 as d from marts.fct_a order by i"
    )
    done = leadhouse(settings, "sql", query, "--format", "csv")
    assert done.stdout == 'i,n,t,d\n0,,"a""b,\nż",1.50\n1,,"a""b,\nż",1.50\n'
    told = json.loads(leadhouse(settings, "sql", query, "--format", "json").stdout)
    assert told == [{"i": i, "n": None, "t": 'a"b,\nż', "d": 1.5} for i in (0, 1)]
    assert (
        json.loads(leadhouse(settings, "sql", f"{query} limit 0", "--format", "json").stdout) == []
    )
    two = failure(leadhouse(settings, "sql", "select 1; select 2", "--format", "csv"))
    assert "2 statements" in two
    at = leadhouse(
        settings, "sql", "--format", "csv", "select timestamptz '2024-07-01 00:00Z' as t",
        LEADHOUSE_TIMEZONE="Europe/Warsaw",
    )  # fmt: skip
    assert at.stdout == "t\n2024-07-01 02:00:00+02\n"


@pytest.mark.slow
def test_personal_data_is_asked_for_by_name(settings):
    sealed_candidate(settings, 1)
    publishing.publish(settings)
    assert "does not exist" in failure(leadhouse(settings, "sql", "from pii.rpt_c"))
    assert leadhouse(settings, "sql", "--pii", "from pii.rpt_c limit 1").returncode == 0


@pytest.mark.slow
def test_a_missing_drop_folder(settings):
    for command in ("run", "land"):
        told = failure(leadhouse(settings, command))
        assert str(settings.drop) in told
        assert "LEADHOUSE_DROP" in told


@pytest.mark.slow
@pytest.mark.long
def test_the_status_says_what_no_record_of_dagster_has_and_what_is_cured(settings):
    def last_failure() -> str:
        return leadhouse(settings, "status").stdout.partition("last failure  ")[2]

    assert last_failure().startswith("none\n")
    told = failure(leadhouse(settings, "run"))
    assert f" UTC: {told}" in last_failure()
    with watched(settings):
        pass
    assert f" UTC (runs have succeeded since): {told}" in last_failure()
    settings.last_runs_file.write_text("damaged")
    assert last_failure().startswith("none\n")
    with pytest.raises(ValueError, match="secret person"), watched(settings):
        raise ValueError("secret person")
    assert f"an unexpected failure; its log in {settings.logs_dir}" in last_failure()


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("LEADHOUSE_TIMEZONE", "Mars/Olympus", "Europe/Warsaw"),
        ("LEADHOUSE_AS_OF", "yesterday", "ISO date"),
        ("LEADHOUSE_AS_KNOWN_AT", "2024-13-01", "ISO date"),
        ("LEADHOUSE_KEEP_BUILDS", "1", "2 or more"),
        ("LEADHOUSE_CURRENCY", "euro", "EUR"),
    ],
)
def test_a_wrong_setting(settings, name, text, hint):
    told = failure(leadhouse(settings, "run", **{name: text}))
    assert name in told and text in told and hint in told
    assert len(told.strip().splitlines()) == 1


def test_a_home_that_cannot_be_a_folder(settings):
    settings.home.parent.joinpath("file").write_text("in the way")
    told = failure(leadhouse(settings, "run", LEADHOUSE_HOME=str(settings.home.parent / "file")))
    assert "LEADHOUSE_HOME" in told


@pytest.mark.slow
def test_a_locked_build_file_names_who_holds_it(settings):
    deliver(settings, "2024-03-01", users="user_id,name\nu1,A\n")
    with duckdb.connect(str(settings.warehouse_file)):
        held_by_us = failure(leadhouse(settings, "run"))
    assert "warehouse.duckdb" in held_by_us
    assert "process" in held_by_us
    assert leadhouse(settings, "land").returncode == 0


@pytest.mark.slow
def test_landing_says_what_it_did_and_what_is_wrong(settings):
    deliver(settings, "2024-03-01", users="user_id,name\nu1,A\nu2,\n")
    done = leadhouse(settings, "land")
    assert done.returncode == 0
    assert done.stdout == "landed 1 file: 1 rows, 1 quarantined\n"
    assert leadhouse(settings, "land").stdout == "landed nothing new\n"
    assert leadhouse(settings, "land", "--day", "2024-03-01").stdout.startswith("landed 1 file")
    assert "--day" in failure(leadhouse(settings, "land", "--day", "March"))
    assert "contacts" in failure(leadhouse(settings, "land", "--entity", "contcts"))
    deliver(settings, "2024-03-02", unheard_of="a,b\n1,2\n", users="user_id,name\nu3,C\n")
    told = failure(leadhouse(settings, "land", LEADHOUSE_UNKNOWN_FILES="error"))
    assert "unheard_of.csv" in told
    assert "no such file" not in told.lower()
    set_aside = leadhouse(settings, "land")
    assert set_aside.returncode == 0
    assert "set aside: The file 2024-03-02/unheard_of.csv is unknown" in set_aside.stdout
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        assert con.execute("select count(*) from raw.users").fetchall() == [(2,)]


@pytest.mark.slow
def test_a_delivery_is_taken_back_by_its_day(settings):
    deliver(settings, "2024-03-01", users="user_id,name\nu1,A\n")
    deliver(settings, "2024-03-02", users="user_id,name\nu2,B\n")
    assert leadhouse(settings, "land").returncode == 0
    there = failure(leadhouse(settings, "land", "--withdraw", "2024-03-02"))
    assert "Remove its files and leave the folder" in there
    shutil.rmtree(settings.drop / "2024-03-02")
    assert "2024-03-02" in failure(leadhouse(settings, "land", "--withdraw", "2024-03-03"))
    assert "2024-03-01" in failure(leadhouse(settings, "land", "--day", "2024-03-02"))
    assert leadhouse(settings, "land").stdout == "landed nothing new\n", "an archived one stays"
    done = leadhouse(settings, "land", "--withdraw", "2024-03-02")
    assert done.stdout == "landed 0 files: 0 rows, 1 file withdrawn\n"
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as con:
        assert con.execute("select user_id from raw.users").fetchall() == [("u1",)]


@pytest.mark.slow
def test_a_failed_landing_names_what_is_landed_and_gone(settings):
    days = [f"2024-03-0{number}" for number in range(1, 8)]
    for day in days:
        deliver(settings, day, users=f"user_id,name\nu{day},A\n")
    there = failure(leadhouse(settings, "land", "--day", "2024-04-01"))
    assert "Those in it: 7 deliveries, from 2024-03-01 to 2024-03-07." in there
    assert leadhouse(settings, "land").returncode == 0
    for day in days[1:]:
        shutil.rmtree(settings.drop / day)
    deliver(settings, days[0], users="name\nA\n")
    gone = "Landed and no longer in the drop folder: "
    named = f"{gone}6 deliveries, from 2024-03-02 to 2024-03-07. `leadhouse land --withdraw DAY`"
    assert failure(leadhouse(settings, "land")).count(named) == 1
    back = [word for day in days[2:] for word in ("--withdraw", day)]
    assert f"{gone}2024-03-02. " in failure(leadhouse(settings, "land", *back))


@pytest.mark.slow
def test_dbt_by_hand_leaves_a_build_that_waits_alone(settings):
    sealed_candidate(settings, 1)
    told = failure(leadhouse(settings, "dbt", "build", "--select", "rpt_top_deals"))
    assert "A build is waiting to be published" in told and "`leadhouse publish`" in told
    assert leadhouse(settings, "publish").returncode == 0


@pytest.mark.slow
def test_publish_and_rollback(settings):
    assert "leadhouse build" in failure(leadhouse(settings, "publish"))
    assert "Nothing is published" in failure(leadhouse(settings, "publish", "--rollback"))
    sealed_candidate(settings, 1)
    done = leadhouse(settings, "publish")
    assert done.returncode == 0
    assert str(settings.published_dir / "leadhouse.duckdb") in done.stdout
    assert "no build before" in failure(leadhouse(settings, "publish", "--rollback"))
    sealed_candidate(settings, 2)
    assert leadhouse(settings, "publish").returncode == 0
    assert "went back to build 000001" in leadhouse(settings, "publish", "--rollback").stdout


def test_the_demo_never_mixes_with_other_files(settings):
    deliver(settings, "2024-03-01", users="user_id,name\nu1,A\n")
    told = failure(leadhouse(settings, "demo"))
    assert "not empty" in told and "--drop" in told


@pytest.mark.slow
def test_what_nobody_foresaw_is_one_line_and_a_log(settings):
    deliver(settings, "2024-03-01", users="user_id,name\nu1,A\n")
    settings.home.mkdir(exist_ok=True)
    (settings.home / "target").write_text("in the way")
    told = failure(leadhouse(settings, "run"))
    assert told.startswith("Unexpected failure: ")
    assert len(told.strip().splitlines()) == 1
    log = Path(told.split("Details are in ")[1].strip().rstrip("."))
    assert "Traceback" in log.read_text()


@pytest.mark.slow
def test_the_doctor_names_what_to_fix(settings):
    settings.home.mkdir(exist_ok=True)
    key = settings.home / "pii_key"
    key.chmod(0o644)
    done = leadhouse(settings, "doctor")
    assert "things to fix" in failure(done)
    assert f"chmod 600 {key}" in done.stdout
    assert f"FIX   drop folder and mappings: The drop folder {settings.drop}" in done.stdout
    assert "ok    free space" in done.stdout


@pytest.mark.slow
def test_a_second_writer_waits_and_says_for_whom(settings):
    deliver(settings, "2024-03-01", users="user_id,name\nu1,A\n")
    second = None
    with writer_lock(settings):
        second = subprocess.Popen(
            [sys.executable, "-m", "leadhouse.cli.main", "land"],
            cwd=PROJECT_ROOT,
            env=environment(settings),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert second.stdout is not None
        assert f"process {os.getpid()}" in second.stdout.readline()
        assert second.poll() is None
    rest, _ = second.communicate(timeout=120)
    assert second.returncode == 0
    assert rest == "landed 1 file: 1 rows\n"


def test_what_failed_without_a_run_is_in_the_status_which_needs_no_dagster(settings):
    deliver(settings, "2024-03-01", contacts='contact_id,created_at\n"never closed\n')
    assert leadhouse(settings, "land").returncode == 1
    imported = (
        "import sys; from leadhouse.cli.main import main; main(['status'], standalone_mode=False); "
        "print('imported', sorted({'dagster', 'dbt'} & sys.modules.keys()))"
    )
    status = subprocess.run(
        [sys.executable, "-c", imported],
        env=environment(settings),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "2024-03-01/contacts.csv" in status.partition("last failure")[2]
    assert "imported []" in status

    assert leadhouse(settings, "publish").returncode == 1
    status = leadhouse(settings, "status").stdout
    assert "There is no build" in status and "runs have succeeded" not in status
    sealed_candidate(settings, 1)
    assert leadhouse(settings, "publish").returncode == 0
    assert last_runs(settings).succeeded_at > last_runs(settings).failed_at
