"""The decision tables of the unit tests walk every rule of their seed, as shipped.

dbt runs the tables themselves; here an independent first match names the rule that each of their
rows ends at, so that a rule without a row, or one that an earlier rule always hides, is found.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from leadhouse.paths import PROJECT_ROOT

Row = dict[str, Any]
CLICK_IDS = ("gclid", "yclid", "fbclid", "msclkid", "ttclid")


def _rules(seed: str) -> list[Row]:
    with (PROJECT_ROOT / "seeds" / f"{seed}.csv").open(newline="", encoding="utf-8") as handle:
        return sorted(csv.DictReader(handle), key=lambda rule: int(rule["priority"]))


def _unit_test(file: str, name: str) -> Row:
    tests = yaml.safe_load((PROJECT_ROOT / file).read_text(encoding="utf-8"))["unit_tests"]
    found: list[Row] = [test for test in tests if test["name"] == name]
    assert len(found) == 1, f"{file} has no unit test {name}"
    return found[0]


def _matches(value: str | None, pattern: str) -> bool:
    """Does the value match the case-blind LIKE pattern? An empty pattern matches anything."""
    if not pattern:
        return True
    expression = re.escape(pattern.lower()).replace("%", ".*").replace("_", ".")
    return bool(value) and re.fullmatch(expression, value.lower()) is not None


def _session_meets(session: Row, rule: Row) -> bool:
    return (
        _matches(session.get("utm_source"), rule["utm_source"])
        and _matches(session.get("utm_medium"), rule["utm_medium"])
        and _matches(session.get("referrer_host"), rule["referrer_domain"])
        and (
            not rule["click_id"]
            or any(_matches(name, rule["click_id"]) for name in CLICK_IDS if session.get(name))
        )
    )


def _pair_meets(pair: Row, rule: Row) -> bool:
    return _matches(pair["source"], rule["source"]) and _matches(pair["medium"], rule["medium"])


@pytest.mark.parametrize(
    ("seed", "file", "name", "given", "meets"),
    [
        (
            "source_rules",
            "models/intermediate/sessions/int_sessions_sourced_unit_tests.yml",
            "sessions_decision_table_of_the_source_rules",
            "int_sessions_tagged",
            _session_meets,
        ),
        (
            "channels",
            "models/marts/sources/dim_channels_unit_tests.yml",
            "channels_decision_table",
            "fct_sessions",
            _pair_meets,
        ),
    ],
)
def test_every_rule_has_a_row(
    seed: str, file: str, name: str, given: str, meets: Callable[[Row, Row], bool]
) -> None:
    test = _unit_test(file, name)
    inputs = {entry["input"]: entry.get("rows") for entry in test["given"]}
    assert inputs[f"ref('{seed}')"] == f"select * from configuration.{seed}"
    rules = _rules(seed)
    met = set()
    for row in csv.DictReader(io.StringIO(inputs[f"ref('{given}')"])):
        met.update([rule["priority"] for rule in rules if meets(row, rule)][:1])
    missing = [rule["priority"] for rule in rules if rule["priority"] not in met]
    assert not missing, (
        f"no row of {name} ends at rule {', '.join(missing)} of seeds/{seed}.csv: "
        f"add one in {Path(file).name}, or take out a rule that an earlier one hides"
    )
