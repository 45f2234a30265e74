"""What-if files, and what two builds differ in; the demo company has the whole of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from homes import new_pair

from leadhouse.errors import LeadhouseError
from leadhouse.scenario import Scenario, read_scenario
from leadhouse.settings import Settings
from leadhouse.what_if import TABLE, _note_differences, _project_of
from tests.macros.test_data_tests import manifest

__all__ = ["manifest"]


def scenario(text: str, manifest: dict[str, Any], settings: Settings, folder: Path) -> Scenario:
    file = folder / "scenario.yml"
    file.write_text(text, encoding="utf-8")
    return read_scenario(file, manifest, settings)


def test_rows_are_put_in_by_their_key(manifest, settings, tmp_path: Path):
    said = scenario(
        "lookback_days: {linear: 7}\n"
        "seeds:\n"
        "  lead_routing_panels: {panel_id: inbound, cp2_stage: needs analysis}\n"
        "  source_tags:\n"
        "    - {tag: my_tag, source: mine}\n"
        "  fixed_rates:\n"
        "    - {currency: USD, rate: 0.9}\n"
        "vars: {parallel_pipelines: yes, lead_gap_days: 30}\n".replace("yes", "true"),
        manifest, settings, tmp_path,
    )  # fmt: skip
    assert said.vars == {"parallel_pipelines": True}
    (tmp_path / "home").mkdir(exist_ok=True)
    project = _project_of(said, tmp_path / "home" / "project")
    seeds = {
        path.stem: path.read_text("utf-8") for path in (project.folder / "seeds").glob("*.csv")
    }
    assert re.search("^inbound,.+,demo booked,needs analysis,", seeds["lead_routing_panels"], re.M)
    assert re.search("^ebook_polska,", seeds["lead_routing_panels"], re.M)
    assert seeds["source_tags"].endswith("\nmy_tag,mine,,\n")
    assert seeds["fixed_rates"] == "currency,rate\nUSD,0.9\n"
    lookbacks = re.findall(r"^(\w+),\w+,(\d+)", seeds["attribution_models"], re.M)
    assert ("linear", "7") in lookbacks and ("last", "90") in lookbacks
    assert project.arguments() == ["--vars", '{"parallel_pipelines": true}']


def test_one_lookback_is_of_every_model_that_has_one(manifest, settings, tmp_path: Path):
    rows = scenario("lookback_days: 30", manifest, settings, tmp_path).seeds["attribution_models"]
    days = {row["model_id"]: row["lookback_days"] for row in rows}
    assert days.pop("first") == ""
    assert set(days.values()) == {"30"}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("sead: 1", "line 1, key sead: is unknown. Did you mean seeds?"),
        (
            "seeds:\n  lead_routing_panel: []",
            "line 2, key seeds.lead_routing_panel: is unknown. Did you mean lead_routing_panels?",
        ),
        (
            "seeds:\n  channels:\n    - {priority: 1, chanel: x}",
            "line 3, key seeds.channels[1].chanel: is unknown. Did you mean channel?",
        ),
        (
            "seeds:\n  lead_routing_panels:\n    - {panel_id: inbund, cp2_stage: x}",
            "line 3, key seeds.lead_routing_panels[1]: lead_routing_panels has no row with "
            "panel_id 'inbund'. Did you mean inbound?",
        ),
        (
            "seeds:\n  source_rules:\n    - {utm_source: x}",
            "line 3, key seeds.source_rules[1].priority: is missing.",
        ),
        (
            "seeds:\n  source_rules:\n    - {priority: x}",
            "line 3, key seeds.source_rules[1].priority: 'x' is not a whole number.",
        ),
        ("lookback_days:\n  liner: 3", "line 2, key lookback_days.liner: is no attribution model."),
        ("lookback_days: soon", "line 1, key lookback_days: 'soon' is not a whole number such as"),
        ("vars:\n  lead_gap_day: 3", "vars.lead_gap_day: is unknown. Did you mean lead_gap_days"),
        ("vars:\n  lead_gap_days: x", "'x' is not a whole number; now it is 30."),
        ("vars:\n  parallel_pipelines: x", "'x' is not true or false."),
        ("settings:\n  timezone: Warsaw", "'Warsaw' is not a time zone. Use an IANA name"),
        ("settings: {as_of: 2024-01-01}", "key settings.as_of: is unknown."),
        ("lookback_days: [", "cannot be read"),
        ("", "must hold one set of keys: lookback_days, seeds, vars, settings."),
        ("lookback_days: 90", "says nothing that is not so already."),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_with_line_and_key(
    manifest, settings, tmp_path: Path, text: str, wrong: str
):
    with pytest.raises(LeadhouseError, match=re.escape(wrong)) as told:
        scenario(text, manifest, settings, tmp_path)
    assert str(told.value).startswith(str(tmp_path / "scenario.yml"))


REPORT = "reports.rpt_clients"
BASE = [
    ("2024-03-01", "u1", "google", "SEO", 3, "10.00"),
    ("2024-03-02", "u1", "bing", "SEO", 1, "5.00"),
    ("2024-03-02", "u2", "bing", "SEO", 7, "5.00"),
]
OTHER = [
    ("2024-03-01", "u1", "google", "SEO", 4, "12.50"),
    ("2024-03-02", "u2", "bing", "SEO", 7, "5.00"),
    ("2024-03-03", "u1", "bing", "E-mail", 2, None),
]
MANIFEST = {
    "nodes": {
        "model.leadhouse.rpt_clients": {
            "resource_type": "model", "schema": "reports", "alias": "rpt_clients",
            "unique_id": "model.leadhouse.rpt_clients", "config": {"meta": {}},
            "columns": {
                name: {"name": name, "data_type": kind}
                for name, kind in (
                    ("date_day", "date"), ("user_id", "string"), ("source", "string"),
                    ("channel", "string"), ("clients", "bigint"), ("revenue_rc", "decimal(18,2)"),
                )
            },
        },
        "test.leadhouse.rpt_clients_rules": {
            "resource_type": "test", "unique_id": "test.leadhouse.rpt_clients_rules",
            "attached_node": "model.leadhouse.rpt_clients",
            "test_metadata": {
                "name": "row_rules",
                "kwargs": {"key": ["date_day", "user_id", "source", "channel"]},
            },
        },
    }
}  # fmt: skip


def test_every_cell_that_differs_is_noted_and_added_up(settings, tmp_path: Path):
    for folder, rows in ((settings.published_dir, BASE), (settings.candidate_dir, OTHER)):
        with new_pair(folder) as con:
            con.execute(
                "create table marts.dim_users as select 'u1' as user_id, 'Ann' as user_name"
            )
            con.execute(
                f"create table {REPORT} (date_day date, user_id varchar, source varchar, "
                "channel varchar, clients bigint, revenue_rc decimal(18,2))"
            )
            con.executemany(f"insert into {REPORT} values (?, ?, ?, ?, ?, ?)", rows)
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    file = tmp_path / "scenario.yml"
    file.write_text("lookback_days: 30")
    told = list(_note_differences(settings, settings, tmp_path / "manifest.json", file, 1))
    with duckdb.connect(str(settings.candidate_dir / "leadhouse.duckdb")) as con:
        found = con.execute(
            f'select key, "column", base, scenario, difference::double, channel, user_id, deal_id '
            f"from {TABLE} where report = '{REPORT}' order by all"
        ).fetchall()
    first, gone, new = (
        f"date_day 2024-03-0{day}, user_id u1, source {source}, channel {channel}"
        for day, source, channel in (
            (1, "google", "SEO"),
            (2, "bing", "SEO"),
            (3, "bing", "E-mail"),
        )
    )
    assert found == [
        (first, "clients", "3", "4", 1, "SEO", "u1", None),
        (first, "revenue_rc", "10.00", "12.50", 2.5, "SEO", "u1", None),
        (gone, "clients", "1", None, -1, "SEO", "u1", None),
        (gone, "revenue_rc", "5.00", None, -5, "SEO", "u1", None),
        (new, "clients", None, "2", 2, "E-mail", "u1", None),
    ]
    assert told == [
        "Cells that differ: 5, in 1 tables.",
        "Channels that move, 1 of 2:",
        f"  SEO: revenue_rc 20 to 17.50 (-2.50; {REPORT})",
        "Sellers that move, 1 of 1:",
        f"  Ann: revenue_rc 15 to 12.50 (-2.50; {REPORT})",
        "No number of deals moves.",
    ]
