"""How far long work is: an updated line on a terminal, plain lines in a pipe, nothing if quiet."""

import json
import os
import pty
import sys

import pytest
from homes import deliver, environment, leadhouse

from leadhouse.cli import terminal
from leadhouse.cli.terminal import Terminal
from leadhouse.dbt_results import seconds_of_last_build, steps_told
from leadhouse.paths import PROJECT_ROOT
from leadhouse.progress import progress, steps

LAND = [sys.executable, "-m", "leadhouse.cli.main", "land"]
USERS = "user_id,name\nu1,A\nu2,B\n"


@pytest.fixture
def printed(settings, monkeypatch, capfd):
    """What a command prints to a pipe that says a step at each of these moments, in seconds."""

    def run(quiet, *at):
        moments = iter(at)
        monkeypatch.setattr(terminal, "monotonic", lambda: next(moments))
        shown = Terminal(settings, "test", quiet)
        with shown.captured():
            shown.say("said")
            for number in range(1, len(at) + 1):
                steps.info("step %d", number)
            progress.info("happened")
            progress.warning("careful")
        return capfd.readouterr().out.splitlines()

    return run


def on_a_terminal(command, variables):
    """What a command writes to a terminal, and its exit status."""
    process, terminal_end = pty.fork()
    if process == 0:
        os.chdir(PROJECT_ROOT)
        os.execve(command[0], command, variables)
    written = b""
    while True:
        try:
            piece = os.read(terminal_end, 65536)
        except OSError:
            break
        written += piece
    os.close(terminal_end)
    return written.decode(), os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def test_a_pipe_gets_a_line_now_and_then_ever_more_seldom(printed):
    shown = printed(False, 50, 51, 53, 55, 56.5, 150, 170, 180)
    assert shown == ["said", "step 3", "step 5", "step 6", "step 8", "happened", "careful"]


def test_a_quiet_command_says_warnings_only(printed):
    assert printed(True, 100, 200) == ["careful"]


def test_steps_are_not_in_the_log(printed, settings):
    printed(False, 100)
    [log] = settings.logs_dir.iterdir()
    assert "happened" in log.read_text() and "step" not in log.read_text()


@pytest.mark.slow
def test_a_terminal_has_one_line_that_is_updated(settings):
    deliver(settings, "2024-03-01", users=USERS)
    deliver(settings, "2024-03-02", users=USERS.replace("\nu", "\nv"))
    written, status = on_a_terminal(LAND, environment(settings, TERM="xterm", COLUMNS="200"))
    assert status == 0, written
    lines = [line for line in written.split("\n") if line.strip()]
    updated = lines[0].split("\r\x1b[2K")
    assert "landing: 0 of 2 files done, 0 rows, 0 rows a second, now 2024-03-01/us" in updated[0]
    assert updated[1].startswith("landing: 1 of 2 files done, 2 rows, ")
    assert lines[-1].endswith("landed 2 files: 4 rows\r")
    assert "landing" not in "".join(lines[1:])


@pytest.mark.slow
def test_a_quiet_command_and_a_pipe_hold_no_signs_of_a_terminal(settings):
    deliver(settings, "2024-03-01", users=USERS)
    deliver(settings, "2024-03-02", unheard_of="a,b\n1,2\n")
    done = leadhouse(settings, "land", TERM="xterm")
    assert not {"\r", "\x1b"} & set(done.stdout) and "landed 1 file" in done.stdout
    written, status = on_a_terminal([*LAND, "--quiet"], environment(settings, TERM="xterm"))
    assert status == 0
    assert written.count("\n") == 1 and written.startswith("set aside: ")
    quiet = leadhouse(settings, "publish", "--quiet")
    assert quiet.returncode == 1 and quiet.stdout == "" and "leadhouse build" in quiet.stderr
    for command in ("run", "build"):
        assert "--quiet" in leadhouse(settings, command, "--help").stdout


def _ended(node, **about):
    data = {"node_info": {"unique_id": node}, **about}
    return {"info": {"name": "LogModelResult", "msg": ""}, "data": data}


def test_a_build_says_what_is_done_and_how_long_the_rest_takes(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(steps, "info", lambda words, *values: told.append(words % values))
    moments = iter([100.0, 110.0, 120.0])
    monkeypatch.setattr("leadhouse.dbt_results.perf_counter", lambda: next(moments))
    events = [
        {"info": {"name": "LogStartLine", "msg": ""}, "data": {"total": 3}},
        _ended("model.a", total=3),
        {**_ended("test.b", num_models=3), "info": {"name": "LogTestResult", "msg": ""}},
    ]
    assert seconds_of_last_build(tmp_path) == {}
    assert list(steps_told(events, {})) == events
    assert told == [
        "building: 1 of 3 models and checks done, about 20 s left",
        "building: 2 of 3 models and checks done, about 10 s left",
    ]
    seconds = {"model.a": 1.0, "test.b": 1.0, "model.c": 30.0}
    results = [{"unique_id": node, "execution_time": took} for node, took in seconds.items()]
    (tmp_path / "run_results.json").write_text(json.dumps({"results": results}))
    moments = iter([100.0, 110.0, 120.0])
    del told[:]
    list(steps_told(events, seconds_of_last_build(tmp_path)))
    assert told == [
        "building: 1 of 3 models and checks done, about 5 min left",
        "building: 2 of 3 models and checks done, about 5 min left",
    ]
