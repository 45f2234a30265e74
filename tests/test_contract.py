"""The landing contract is said once: what is wrong in it is named, what is new in it arrives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import jsonschema
import pytest
import yaml

from ingestion.contract import ENTITIES, Entity, load_contract
from leadhouse.contract_files import json_schema
from leadhouse.errors import LeadhouseError
from leadhouse.paths import PROJECT_ROOT
from tests.project_copy import copy_project

CONTRACT = PROJECT_ROOT / "ingestion" / "contract"
STAGING = PROJECT_ROOT / "models" / "staging"
GOOD = """\
description: A visit to a trade fair.
group: CRM
kind: event
event_time: occurred_at
columns:
  - {name: contact_id, key: true, required: true, description: "Who came."}
  - {name: occurred_at, type: timestamp, key: true, description: "When the visit began."}
  - {name: hours, type: decimal, min: 0, description: "Hours of the visit."}
  - {name: mood, allowed: [good, bad], default: good, description: "How it went."}
"""


def loaded(folder: Path, text: str, name: str = "visits") -> dict[str, Entity]:
    (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return load_contract(folder)


def test_a_contract_of_its_own_loads(tmp_path: Path) -> None:
    [entity] = loaded(tmp_path, GOOD).values()
    assert (entity.name, entity.kind, entity.key) == (
        "visits",
        "event",
        ("contact_id", "occurred_at"),
    )


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("min: 0", "mni: 0", "columns.hours.mni: is unknown. Did you mean min?"),
        ("group:", "grup:", "grup: is unknown. Did you mean group?"),
        ("min: 0", "unit: h", "columns.hours.unit: is unknown. Known keys: name, type,"),
        ("kind: event", "kind: evnt", "kind: Input should be 'keyed', 'event' or 'spend'."),
        ("kind: event", "kind: evnt", "It says 'evnt'."),
        ("key: true, req", 'key: "yes", req', "columns.contact_id.key: Input should be a valid"),
        (', description: "Who came."', "", "columns.contact_id.description: is missing. Meaning,"),
        ("name: hours", "name: mood", "visits.yml, the column mood stands twice."),
        ("name: hours", "name: Hours", "columns.Hours.name: String should match pattern"),
        ("key: true", "key: false", "visits.yml, no column is its key;"),
        ("event_time: occurred", "event_time: happened", "event_time: happened_at is no timestamp"),
        ("kind: event", "kind: event\nmoments: [mood]", "moments: mood is no timestamp or date"),
        ("kind: event", "kind: spend", "visits.yml, a spend entity has platform, account_id, date"),
        ("default: good", "default: fine", "the default 'fine' is not one of the allowed values."),
        ("[good, bad]", "[good, Bad]", "the allowed values are not written in lower case."),
        ("default: good", "default: 1", "columns.mood: a text column cannot have the default 1."),
        ("allowed:", "min: 1, allowed:", "columns.mood: min is for integer and decimal columns"),
        ("group: CRM", "name: visits\ngroup: CRM", "name: the file's name says it. Remove this"),
        ("group: CRM", "group: [CRM", "ingestion/contract/visits.yml cannot be read: while"),
    ],
)
def test_what_is_wrong_in_a_contract_is_named(
    tmp_path: Path, good: str, bad: str, said: str
) -> None:
    assert good in GOOD
    with pytest.raises(LeadhouseError) as raised:
        loaded(tmp_path, GOOD.replace(good, bad))
    assert str(raised.value).startswith("ingestion/contract/visits.yml")
    assert said in str(raised.value)


def test_every_problem_of_every_file_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "calls.yml").write_text(GOOD.replace("min: 0", "mni: 0"), encoding="utf-8")
    with pytest.raises(LeadhouseError) as raised:
        loaded(tmp_path, GOOD.replace("min: 0", "mni: 0").replace("group:", "grup:"))
    assert {line.partition(":")[0] for line in str(raised.value).splitlines()} == {
        "ingestion/contract/calls.yml, columns.hours.mni",
        "ingestion/contract/visits.yml, group",
        "ingestion/contract/visits.yml, columns.hours.mni",
        "ingestion/contract/visits.yml, grup",
    }


def test_editors_are_told_what_the_loader_asks_for() -> None:
    schema = json.loads(json_schema())
    for path in CONTRACT.glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema=../../docs/contract.schema.json\n")
        jsonschema.validate(yaml.safe_load(text), schema)
    with pytest.raises(jsonschema.ValidationError, match="'mni' was unexpected"):
        jsonschema.validate(yaml.safe_load(GOOD.replace("min: 0", "mni: 0")), schema)


def test_files_land_again_when_a_rule_changes_and_not_when_a_description_does(
    tmp_path: Path,
) -> None:
    def rules(good: str, other: str) -> str:
        assert good in GOOD
        return repr(loaded(tmp_path, GOOD.replace(good, other))["visits"])

    before = rules("A visit", "A visit")
    assert rules("A visit to a trade fair", "Somebody came") == before
    assert rules("Hours of the visit", "How long it took") == before
    assert rules("group: CRM", "group: Money") == before
    assert rules("min: 0", "min: 1") != before
    assert rules("min: 0", "min: 0, scale: 12") != before


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)
def test_the_staging_model_of_an_entity_names_its_key(entity: Entity) -> None:
    grain = (STAGING / f"stg_{entity.name}.sql").read_text(encoding="utf-8").splitlines()[0]
    expected = {
        "keyed": f"-- grain: one row per {', '.join(entity.key)}, the latest delivered",
        "event": f"-- grain: one row per event ({', '.join(entity.key)})",
        "spend": "-- grain: one landed row of the latest delivery of each account and day",
    }
    assert grain == expected[entity.kind]


@pytest.mark.slow
def test_a_new_column_is_one_line_of_the_contract(tmp_path: Path) -> None:
    """It lands, and staging has it with its type and default."""
    copy, home, drop = copy_project(tmp_path / "project"), tmp_path / "home", tmp_path / "drop"
    with (copy / "ingestion" / "contract" / "payments.yml").open("a", encoding="utf-8") as file:
        file.write('  - {name: parts, type: integer, default: 1, description: "Instalments."}\n')
    (drop / "2024-03-01").mkdir(parents=True)
    (drop / "2024-03-01" / "payments.csv").write_text(
        "payment_id,deal_id,paid_at,amount,currency,parts\n"
        "p1,d1,2024-02-01,10,EUR,12\n"
        "p2,d1,2024-02-02,10,EUR,\n"
        "p3,d1,2024-02-03,10,EUR,many\n",
        encoding="utf-8",
    )

    def python(*arguments: str) -> None:
        run = subprocess.run(
            [sys.executable, *arguments],
            cwd=copy,
            env=os.environ | {"LEADHOUSE_HOME": str(home), "LEADHOUSE_DROP": str(drop)},
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stdout + run.stderr

    python("-c", "from leadhouse.generated import *; write(contract_files())")
    python("-m", "leadhouse.cli.main", "land")
    (home / "candidate").mkdir(exist_ok=True)
    python("-m", "leadhouse.dbt_process", "run", "--select", "stg_payments")

    con = duckdb.connect(str(home / "warehouse.duckdb"), read_only=True)
    con.execute("set variable source_timezone = 'UTC'")
    rows = con.execute("select payment_id, parts from staging.stg_payments order by 1").fetchall()
    assert rows == [("p1", 12), ("p2", 1)]
    assert con.execute("select reason from raw_ledger.quarantine").fetchall() == [
        ('parts: "many" is not a whole number of 64 bits',)
    ]
