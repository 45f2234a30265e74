"""`leadhouse connect` writes a lead-routing panel of what an account shows, if it is told to."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from leadhouse import panel_seeds
from leadhouse.cli.connectors import connect
from leadhouse.paths import PROJECT_ROOT
from tests.homes import environment
from tests.project_copy import copy_project

SEEDS = ("lead_routing_panels", "lead_routing_panel_sources", "lead_routing_panel_sellers")
SAID = {"handed_from_user_id": "7", "first_contact_tag": "CALLED"}
PANEL = [f"--panel={name}={value}" for name, value in SAID.items()]


@contextmanager
def crm(pulling, **changes):
    """amoCRM with a pipeline of five stages, three users and three tags, used an hour ago."""
    with pulling("amocrm", **changes) as company:
        tables = company.server.dialect.tables
        stages = [(21, 10), (22, 20), (23, 30), (142, 10000), (143, 11000)]
        tables["leads/pipelines"] = [
            {
                **{"id": 11, "name": "Sales"},
                "_embedded": {"statuses": [{"id": one, "sort": at} for one, at in stages]},
            }
        ]
        tables["users"] = [
            {"id": one, "name": name} for one, name in ((7, "A"), (8, "B"), (9, "C"))
        ]
        for at, event in enumerate(tables["events"]):
            event["created_at"] = int(time.time()) - 3600 + at
            tag = ("VIP", "FAIR", "CALLED")[at % 3]
            event["value_after"] = [{**event["value_after"][0], "tag": {"name": tag}}]
        yield company


@pytest.fixture
def seeds(tmp_path, monkeypatch):
    """A copy of the three seeds, the panels with a row that somebody wrote by hand."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    for name in SEEDS:
        shutil.copy(PROJECT_ROOT / "seeds" / f"{name}.csv", folder)
    with (folder / "lead_routing_panels.csv").open("a") as file:
        file.write('mine,"My ""own"", edited",9,CALLED,11,21,22,142,yes')
    monkeypatch.setattr(panel_seeds, "SEEDS", folder)
    return folder


def connected(company, tmp_path, monkeypatch, *arguments, said=(), again=False):
    for name, value in (
        ("DROP", company.drop),
        ("HOME", company.settings.home),
        ("CONNECTORS", tmp_path / "new.toml"),
    ):
        monkeypatch.setenv(f"LEADHOUSE_{name}", str(value))
    described = ["amocrm"] if again else account(company)
    return CliRunner().invoke(
        connect, [*described, *arguments], input="".join(f"{each}\n" for each in said)
    )


def account(company) -> list[str]:
    secrets = [f"--secret={name}={value}" for name, value in company.server.dialect.secrets.items()]
    return [
        *("amocrm", "--since=2024-02-01", "--timezone=UTC", "--currency=EUR"),
        *(f"--address={company.server.address}", "--option=redirect_uri=x", *secrets),
    ]


def rows(folder, seed, panel="amocrm_main"):
    lines = (folder / f"{seed}.csv").read_text().splitlines()
    return [line for line in lines if line.startswith(f"{panel},")]


def state(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(PANEL, ()), ((), ("y", "", "", "7", "CALLED", "", "", "", "", "", ""))],
    ids=["script", "person"],
)
def test_a_panel_is_written_from_what_the_account_shows(
    pulling, seeds, tmp_path, monkeypatch, arguments, said
):
    before = state(seeds)
    with crm(pulling) as company:
        done = connected(company, tmp_path, monkeypatch, *arguments, said=said)
    assert done.exit_code == 0, done.output
    assert "pipeline 11: 21 (open), 22 (open), 23 (open), 142 (won), 143 (lost)" in done.output
    assert "users: 7 A, 8 B, 9 C" in done.output
    assert "tags of contacts: CALLED, FAIR, VIP" in done.output
    after = state(seeds)
    # What was there is there, letter by letter.
    assert all(after[name].startswith(before[name]) for name in before)
    assert rows(seeds, SEEDS[0]) == ["amocrm_main,amocrm_main,7,CALLED,11,22,23,142,true"]
    assert rows(seeds, SEEDS[1]) == ["amocrm_main,FAIR,FAIR,1", "amocrm_main,VIP,VIP,2"]
    assert rows(seeds, SEEDS[2]) == ["amocrm_main,8,", "amocrm_main,9,"]
    assert [path.name for path in company.settings.home.iterdir()] == ["extracts"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--no-panel",), ()), ((), ("n",)), ((), ())],
    ids=["flag", "no", "none"],
)
def test_nothing_is_written_unasked(pulling, seeds, tmp_path, monkeypatch, arguments, said):
    before = state(seeds)
    with crm(pulling) as company:
        done = connected(company, tmp_path, monkeypatch, *arguments, said=said)
    assert done.exit_code == 0, done.output
    assert state(seeds) == before


@pytest.mark.parametrize("same", ["panel_id=mine", 'panel_name=My "own", edited'])
def test_a_panel_that_is_there_is_replaced_only_when_somebody_says_so(
    pulling, seeds, tmp_path, monkeypatch, same
):
    before = state(seeds)
    with crm(pulling) as company:
        same_panel = [*PANEL, f"--panel={same}"]
        done = connected(company, tmp_path, monkeypatch, *same_panel)
        assert done.exit_code == 1
        assert "seeds/ has panel mine already" in done.output
        assert state(seeds) == before
        done = connected(company, tmp_path, monkeypatch, *same_panel, "--replace-panel", again=True)
        assert done.exit_code == 0, done.output
    assert len(rows(seeds, SEEDS[0], "mine")) == same.startswith("panel_id")
    others = [line for line in before[f"{SEEDS[0]}.csv"].splitlines() if line[:5] != "mine,"]
    assert (seeds / f"{SEEDS[0]}.csv").read_text().splitlines()[:-1] == others


def test_a_person_who_does_not_want_a_panel_replaced_keeps_it(
    pulling, seeds, tmp_path, monkeypatch
):
    before = state(seeds)
    said = ("y", "mine", "", "7", "CALLED", "", "", "", "", "", "", "n")
    with crm(pulling) as company:
        done = connected(company, tmp_path, monkeypatch, said=said)
    assert (done.exit_code, state(seeds)) == (1, before)
    assert "Replace it?" in done.output


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("first_contact_tag=CALED", "The account shows no tag CALED. Did you mean CALLED?"),
        ("handed_from_user_id=77", "The account shows no user 77."),
        ("sellers=8;10", "The account shows no user 10."),
        ("cp1_stage=25", "The account shows no stage 25."),
        ("pipeline=12", "The account shows no pipeline 12."),
        ("cp1_stage=23", "must follow one another in pipeline 11: 21, 22, 23, 142, 143."),
        ("cp3_stage=23", "cp3_stage is no key of a panel. Did you mean cp2_stage?"),
        ("panel_id", "--panel panel_id has no value."),
    ],
)
def test_a_panel_that_names_what_is_not_there_is_not_written(
    pulling, seeds, tmp_path, monkeypatch, given, told
):
    before = state(seeds)
    with crm(pulling) as company:
        done = connected(company, tmp_path, monkeypatch, *PANEL, f"--panel={given}")
    assert done.exit_code == 1
    assert told in done.output
    assert state(seeds) == before


def test_what_nobody_can_see_must_be_said(pulling, seeds, tmp_path, monkeypatch):
    with crm(pulling) as company:
        done = connected(company, tmp_path, monkeypatch, "--panel=panel_id=x")
    assert done.exit_code == 1
    assert "handed_from_user_id is missing. It is the main account" in done.output
    assert "first_contact_tag is missing." in done.output


@pytest.mark.slow
@pytest.mark.long
def test_the_doctor_agrees_with_the_panel_when_the_account_has_landed(pulling, tmp_path):
    project = copy_project(tmp_path / "project")
    with crm(pulling) as company:
        places = environment(
            company.settings,
            PYTHONPATH=str(project),
            LEADHOUSE_CONNECTORS=str(tmp_path / "connectors.toml"),
        )

        def called(*arguments):
            done = subprocess.run(
                [sys.executable, "-m", "leadhouse.cli.main", *arguments],
                **{"env": places, "cwd": project, "capture_output": True, "text": True},
                **{"timeout": 600, "check": False},
            )
            return done.returncode, done.stdout + done.stderr

        for step in (
            ("connect", *account(company), *PANEL),
            ("extract",),
            ("land",),
            ("doctor",),
        ):
            status, said = called(*step)
            assert status == 0, said
        assert "they agree with each other and with what landed" in said
        # It is this panel that was looked at.
        seed = project / "seeds" / "lead_routing_panels.csv"
        seed.write_text(seed.read_text().replace(",22,23,142,", ",22,24,142,"))
        status, said = called("doctor")
        assert status == 1
        assert "Panel amocrm_main names stage '24' as its cp2_stage" in said
