"""Random companies, row for row: the models against the plain-Python reference.

``LEADHOUSE_COMPANIES`` is how many, where more than the gate's are wanted. A failure names
the company's seed. ``random_company(seed)`` makes the same company again, and
``tests.reference.companies.write_drop`` writes its files for a look at them.
"""

from __future__ import annotations

import math
import os
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.reference.click_rules import COLUMNS, UNATTRIBUTED, Clicks, Model, expected_tables
from tests.reference.companies import (
    Company,
    File,
    random_company,
    write_drop,
    write_seeds,
)
from tests.reference.rules import Row, Text, World, delivered, grouped, total
from tests.sampling import sampled
from tests.warehouse.compiled_project import CompiledProject
from tests.warehouse.conftest import Projects
from tests.warehouse.landed import land_whole, settings_of

SHOWN = (28, 12, 40, 2, 34, 42, 5, 24, 71, 82)
"""Companies that show every shape twice between them, where two of the first 90 do."""
IN_CI = 6
"""So many of them show every shape once."""
SEEDS = tuple(range(int(os.environ.get("LEADHOUSE_COMPANIES", "0")))) or SHOWN
ORDER_SEEDS = (1,)
DEALT_SEEDS = (14, 47)
OF_DELIVERIES = ("rpt_load_log", "rpt_run", "rpt_source_freshness")
"""Tables that tell of the deliveries themselves."""

FULL_SEED = 124
SHAPES = 96
KEYS = {
    "fct_contact_acquisition": ("panel_id", "contact_id"),
    "rpt_lead_routing_daily": ("panel_id", "date_day", "source_tag", "user_id"),
    "rpt_lead_routing_calendar": ("panel_id", "date_day"),
    "rpt_lead_routing_flow": ("panel_id", "acquired_date", "source_tag", "user_id"),
    "rpt_lead_routing_steps": ("panel_id", "acquired_date", "source_tag", "user_id", "step_no"),
    "rpt_lead_routing_sellers": ("panel_id", "acquired_date", "user_id"),
    "rpt_lead_routing_seller_sources": ("panel_id", "acquired_date", "user_id", "source_tag"),
    "dim_lead_routing_panel_sources": ("panel_id", "source_tag"),
    "rpt_lead_routing_seller_work": ("panel_id", "acquired_date", "source_tag", "user_id"),
    "rpt_lead_routing_speed": ("panel_id", "month", "user_id"),
    "rpt_unrouted_contacts": ("contact_id",),
    "dim_accounts": ("account_id",),
    "dim_contacts": ("contact_id",),
    "fct_deals": ("deal_id",),
    "fct_deal_stages": ("deal_id", "stage", "entered_at"),
    "rpt_deal_journal": ("deal_id",),
    "dim_user_history": ("user_id", "valid_from"),
    "rpt_deal_summary": COLUMNS["rpt_deal_summary"][:8],
    "rpt_top_deals": ("period_type", "period_start", "rank"),
    "rpt_funnel": ("created_date", "pipeline", "stage", "owner_user_id", "source"),
    "fct_sessions": ("session_id",),
    "fct_calls": ("call_id",),
    "fct_enquiries": ("enquiry_id",),
    "fct_source_candidates": ("person_id", "evidence", "evidence_id", "occurred_at"),
    "rpt_calls": ("date_day", "user_id", "team", "direction", "source"),
    "rpt_callers_daily": ("date_day",),
    "rpt_channel_performance": ("date_day", "channel", "source", "medium", "campaign"),
    "rpt_channel_return": ("month", "channel", "source", "medium", "campaign"),
    "rpt_journey": ("person_id", "event_no"),
    "rpt_sessions_before_contact": ("date_day", "bucket", "source", "channel"),
    "rpt_run": (),
    "rpt_wasted_spend": ("month", "source", "medium", "campaign", "kind", "outcome"),
    "rpt_channel_return_by_card": ("month", "channel", "source", "medium", "campaign"),
    "fct_journeys": ("conversion_type", "conversion_id"),
    "fct_channel_moves": ("conversion_type", "origin", "target"),
    "fct_removal_effects": ("conversion_type", "channel"),
    "rpt_attribution_paths": ("conversion_type", "path"),
    "rpt_lost_spend": ("month", "lost_reason", "stage", "manager_user_id", "source"),
    "fct_contact_owners": ("contact_id", "owned_from"),
    "fct_leads": ("lead_id",),
    "rpt_leads": ("date_day", "user_id", "source", "medium", "channel", "contact_channel"),
    "rpt_lead_speed": ("month", "user_id"),
    "rpt_leads_waiting": ("lead_id",),
    "fct_temperatures": ("person_id", "measure", "value"),
    "rpt_hot_leads": ("lead_id",),
    "rpt_deals_to_work": ("deal_id",),
    "rpt_stage_ageing": ("pipeline", "stage", "owner_user_id"),
    "rpt_clients": ("date_day", "user_id", "source", "channel"),
    "rpt_clients_monthly": ("month", "user_id"),
    "rpt_demand": ("month", "demand_class"),
    "rpt_source_conflicts": ("month", "origin_a", "source_a", "origin_b", "source_b"),
    "rpt_demographics": ("month", "country", "region", "gender", "age_band", "channel"),
    "rpt_stage_audience": ("pipeline", "stage", "contact_id"),
    "rpt_cohorts": ("cohort_basis", "cohort_month", "channel", "source", "months_since"),
    "rpt_number_pools": ("date_day", "pool"),
    "rpt_revenue_changes": ("period_type", "period_start", "slice", "member", "factor"),
    "fct_cost_allocations": tuple(
        name for name in COLUMNS["fct_cost_allocations"] if name not in ("amount_rc", "target")
    ),
}
BAGS = ("fct_ad_spend", "fct_touchpoints", "fct_contact_events")
"""Tables whose compared columns are no key; they are compared as bags of rows."""

ATTRIBUTION = (
    "model_id",
    "conversion_type",
    "conversion_id",
    "person_id",
    "touch_id",
    "position",
    "weight",
    "value_rc",
    "margin_rc",
    "conversion_date",
    "channel",
    "source",
    "medium",
    "campaign",
    "keyword",
)
CELL = ("month", "model_id", "conversion_type", "channel", "source", "medium", "campaign")
"""The grain of rpt_attribution."""

ATTRIBUTION_REPORT = (
    *CELL,
    "conversions",
    "value_rc",
    "margin_rc",
    "spend_rc",
    "roas",
    "cost_per_conversion",
    "conversions_with_margin",
)


def got_tables(
    project: CompiledProject, company: Company, folder: Path, loads: Iterable[Iterable[File]]
) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """The compared tables and the names of failing data tests after these loads, in this order."""
    settings = settings_of(company, folder)
    for files in loads:
        write_drop(list(files), settings.drop)
        land_whole(settings)
    write_seeds(company, folder / "seeds")
    with project.build(settings, folder / "seeds") as connection:
        tables = {name: project.rows(connection, name, COLUMNS[name]) for name in COLUMNS}
        tables["fct_attribution"] = project.rows(connection, "fct_attribution", ATTRIBUTION)
        tables["rpt_attribution"] = project.rows(connection, "rpt_attribution", ATTRIBUTION_REPORT)
        tables["touch ids"] = project.rows(
            connection, "fct_touchpoints", ("touch_id", *COLUMNS["fct_touchpoints"])
        )
        return tables, project.failing_tests(connection)


def differences(
    seed: int, expected: dict[str, list[dict[str, Any]]], got: dict[str, list[dict[str, Any]]]
) -> list[str]:
    """One readable line per difference; rows that occur twice are differences too."""
    lines = []
    for table, key in KEYS.items():
        lines += row_differences(seed, table, key, expected[table], got[table])
    for table in BAGS:
        want, have = (
            Counter(tuple(row[name] for name in COLUMNS[table]) for row in side[table])
            for side in (expected, got)
        )
        for word, rows in (("expected", want - have), ("not expected", have - want)):
            for row, count in rows.items():
                shown = _shown(dict(zip(COLUMNS[table], row, strict=True)))
                lines.append(f"seed {seed}, {table} {word} {count} times: {shown}")
    return lines


def row_differences(
    seed: int,
    table: str,
    key: tuple[str, ...],
    expected: list[dict[str, Any]],
    got: list[dict[str, Any]],
) -> list[str]:
    """One readable line per difference of a table whose rows these columns name."""
    lines = []
    want = _by_key(expected, key)
    have = _by_key(got, key)
    for at in sorted(want.keys() | have.keys(), key=repr):
        wanted, found = want.get(at, []), have.get(at, [])
        where = f"seed {seed}, {table} {_shown(dict(zip(key, at, strict=True)))}"
        if len(wanted) != 1 or len(found) != 1:
            if wanted != found:
                lines.append(f"{where}: expected {len(wanted)} rows, got {len(found)}")
            continue
        wrong = {
            name: value
            for name, value in wanted[0].items()
            if not _same(value, found[0][name])
            and not (name == "effect_rc" and _same_to_a_double(value, found[0][name]))
        }
        lines += [
            f"{where}: {name} expected {value!r}, got {found[0][name]!r}"
            for name, value in wrong.items()
        ]
    return lines


def attribution_differences(company: Company, got: dict[str, list[dict[str, Any]]]) -> list[str]:
    """What is wrong with the credit: its touches, its weights and its values, per conversion."""
    clicks = Clicks(World(company.landed(), company.clocks, company.seeds))
    credited = _by_key(got["fct_attribution"], ("model_id", "conversion_type", "conversion_id"))
    touches = {row["touch_id"]: row for row in got["touch ids"]}
    lines = []
    expected = {
        (model.model_id, row["conversion_type"], row["conversion_id"])
        for model in clicks.models()
        for row in clicks.journeys
    }
    if credited.keys() != expected:
        lines.append(f"conversions expected {len(expected)}, got {len(credited)}")
    if len(touches) != len(got["touch ids"]):
        lines.append("a touch_id occurs twice")
    for model in clicks.models():
        for journey in clicks.journeys:
            key = model.model_id, journey["conversion_type"], journey["conversion_id"]
            problem = _credit_problem(clicks, model, journey, credited.get(key, []), touches)
            if problem:
                lines.append(f"{model} {key[1:]}: {problem}")
    return [f"seed {company.seed}, fct_attribution {line}" for line in lines]


def report_differences(company: Company, got: dict[str, list[dict[str, Any]]]) -> list[str]:
    """What rpt_attribution does not make of its facts and of the spend."""
    clicks = Clicks(World(company.landed(), company.clocks, company.seeds))
    credits = got["fct_attribution"]
    cells: dict[tuple[Any, ...], list[Row]] = {}
    spent: dict[tuple[Any, ...], list[Decimal | None]] = {}
    kinds = {(row["model_id"], row["conversion_type"]) for row in credits}
    for row in credits:
        cell = {**row, "month": row["conversion_date"].replace(day=1)}
        cells.setdefault(tuple(cell[name] for name in CELL), []).append(row)
    for row in clicks.spend:
        labels = [row[name] for name in CELL[3:]]
        for kind in kinds:
            cell = (row["date_day"].replace(day=1), *kind, *labels)
            spent.setdefault(cell, []).append(row["cost_rc"])
    expected = []
    for cell in cells.keys() | spent.keys():
        rows = cells.get(cell, [])
        value = total(row["value_rc"] for row in rows) if rows else Decimal(0)
        known = [row for row in rows if row["margin_rc"] is not None]
        conversions = sum((row["weight"] for row in rows), Decimal(0))
        spend = total(spent[cell]) if cell in spent else Decimal(0) if clicks.spend else None
        expected.append(
            {
                **dict(zip(CELL, cell, strict=True)),
                "conversions": conversions,
                "value_rc": value,
                "margin_rc": sum((row["margin_rc"] for row in known), Decimal(0)),
                "spend_rc": spend,
                "roas": float(value) / float(spend) if spend and value is not None else None,
                "cost_per_conversion": (
                    float(spend) / float(conversions) if conversions and spend is not None else None
                ),
                "conversions_with_margin": sum((row["weight"] for row in known), Decimal(0)),
            }
        )
    return row_differences(company.seed, "rpt_attribution", CELL, expected, got["rpt_attribution"])


def _credit_problem(
    clicks: Clicks,
    model: Model,
    journey: Row,
    rows: list[Row],
    touches: dict[str, Row],
) -> str | None:
    within = clicks.within(model, journey)
    if sum(row["weight"] for row in rows) != 1:
        return f"weights {[row['weight'] for row in rows]}"
    for name in ("person_id", "conversion_date"):
        if {row[name] for row in rows} != {journey[name]}:
            return f"another {name}"
    for name in ("value_rc", "margin_rc"):
        amount, values = journey[name], [row[name] for row in rows]
        if (values != [None] * len(rows)) if amount is None else (sum(values) != amount):
            return f"{name} {values} of {amount}"
    if not within:
        found = [(row["touch_id"], row["position"], row["source"]) for row in rows]
        expected = [(UNATTRIBUTED, None, UNATTRIBUTED)]
        return None if found == expected else f"unattributed expected, got {found}"
    shares = clicks.shares(model, journey)
    given = {row["position"]: row for row in rows}
    if len(given) != len(rows):
        return "a touch gets credit twice"
    for position, (touch, share) in enumerate(zip(within, shares, strict=True), start=1):
        row = given.pop(position, None)
        if row is None:
            if share > 1e-9:
                return f"touch {position} of {len(within)} should get {share}"
            continue
        wanted = {name: touch[name] for name in COLUMNS["fct_touchpoints"]}
        found = {name: touches[row["touch_id"]][name] for name in wanted}
        if found != wanted:
            return f"touch {position} expected {wanted}, got {found}"
        if not math.isclose(float(row["weight"]), share, abs_tol=1e-9):
            return f"touch {position} of {len(within)} should get {share}, gets {row['weight']}"
        for name in ("value_rc", "margin_rc"):
            amount = journey[name]
            if amount is not None and abs(float(row[name]) - share * float(amount)) > 0.0101:
                return f"touch {position} should get {share} of {amount}, gets {row[name]}"
        labels = ("source", "medium", "campaign", "keyword", "channel")
        if any(row[name] != touch[name] for name in labels):
            return f"touch {position} with other labels: {row}"
    return f"touches that do not count: {sorted(given)}" if given else None


def _by_key(
    rows: list[dict[str, Any]], key: tuple[str, ...]
) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    grouped: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(tuple(row[name] for name in key), []).append(row)
    return grouped


def _same(expected: Any, got: Any) -> bool:
    if isinstance(expected, float) and isinstance(got, float):
        return math.isclose(expected, got, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    return expected == got


def _same_to_a_double(expected: Decimal, got: Decimal) -> bool:
    """Parts of amounts of so many digits that the last ones of their cents are lost in a double."""
    return abs(expected) > 10**12 and abs(expected - got) <= abs(expected) * Decimal("1e-14")


def _shown(key: dict[str, Any]) -> str:
    return ", ".join(
        f"{name}={value.isoformat() if isinstance(value, datetime) else value}"
        for name, value in key.items()
    )


def shortened(lines: list[str]) -> str:
    """The first lines of each table, then how many more there are."""
    seen: Counter[str] = Counter()
    shown = []
    for line in lines:
        table = line.split(", ")[1].split(" ")[0]
        seen[table] += 1
        if seen[table] <= 5:
            shown.append(line)
    return "\n".join([f"{len(lines)} differences {dict(seen)}", *shown])


@pytest.mark.parametrize("seed", sampled(SEEDS, IN_CI))
def test_the_models_give_the_rows_of_the_reference(
    seed: int, projects: Projects, tmp_path: Path
) -> None:
    company = random_company(seed)
    expected = expected_tables(company.landed(), company.clocks, company.seeds)
    got, failing = got_tables(projects(company.variant), company, tmp_path, [company.files])
    lines = differences(seed, expected, got)
    lines += attribution_differences(company, got)
    lines += report_differences(company, got)
    assert not lines, shortened(lines)
    assert not failing, f"data tests that would stop a valid company: {failing}"


@pytest.mark.long
@pytest.mark.parametrize("seed", ORDER_SEEDS)
def test_neither_order_nor_number_of_loads_changes_a_row(
    seed: int, projects: Projects, tmp_path: Path
) -> None:
    company = random_company(seed)
    project = projects(company.variant)
    at_once, _ = got_tables(project, company, tmp_path / "at_once", [company.files])
    files = list(company.files)
    random.Random(seed).shuffle(files)
    one_by_one = [[file] for file in files]
    one_by_one.append(files)
    shuffled, _ = got_tables(project, company, tmp_path / "shuffled", one_by_one)
    assert not differences(seed, at_once, shuffled)
    credit_at_once, credit_shuffled = (
        sorted(map(repr, tables["fct_attribution"])) for tables in (at_once, shuffled)
    )
    assert credit_at_once == credit_shuffled
    assert any(at_once.values())


@pytest.mark.parametrize("seed", sampled(DEALT_SEEDS, 1))
def test_one_four_or_shuffled_deliveries_are_the_same_company(
    seed: int, projects: Projects, tmp_path: Path
) -> None:
    company = random_company(seed)
    company = replace(company, clocks=replace(company.clocks, as_known_at=None))
    project, units = projects(company.variant), _units(company)
    shuffled = random.Random(seed).sample(units, len(units))
    built = {}
    for name, files in (
        ("one", _dealt(units, 1)),
        ("four", _dealt(units, 4)),
        ("shuffled", _dealt(shuffled, 4)),
    ):
        settings = settings_of(company, tmp_path / name)
        write_drop(files, settings.drop)
        land_whole(settings)
        write_seeds(company, tmp_path / name / "seeds")
        with project.build(settings, tmp_path / name / "seeds") as connection:
            built[name] = {
                table: project.contents(connection, table)
                for table in project.tables
                if table not in OF_DELIVERIES
            }
    assert any(rows for _, rows in built["one"].values())
    for name in ("four", "shuffled"):
        assert [table for table in built["one"] if built[name][table] != built["one"][table]] == []


Unit = tuple[str, list[Text]]
"""An entity and rows of it that are delivered together: those of an account's day of spend."""


def _units(company: Company) -> list[Unit]:
    """The rows that count, each key once: no delivery replaces another's."""
    landed = company.landed()
    end_of_time = datetime(2200, 1, 1, tzinfo=UTC)
    world = World(landed, replace(company.clocks, as_of=end_of_time), company.seeds)
    units: list[Unit] = []
    for entity, rows in landed.items():
        if entity == "ad_spend":
            days = grouped(rows, lambda row: (*_account(row), str(row["date"])[:10]))
            for found in days.values():
                last = max(row["_delivery_date"] for row in found)
                units.append((entity, [row for row in found if row["_delivery_date"] == last]))
        else:
            counting = {delivered(row) for row in world.tables.get(entity, [])}
            units += [(entity, [row]) for row in rows if delivered(row) in counting]
    return units


def _account(row: Text) -> tuple[str, ...]:
    """An account as replacement compares it."""
    texts = (row["platform"] or "", row["account_id"] or "")
    return tuple("".join(filter(str.isalnum, text.lower())) for text in texts)


def _dealt(units: list[Unit], deliveries: int) -> list[File]:
    """The units as files of that many deliveries, after all that happens in them."""
    files = []
    for at in range(deliveries):
        part: dict[str, list[Text]] = {}
        for entity, rows in units[at::deliveries]:
            part.setdefault(entity, []).extend(rows)
        for entity, rows in part.items():
            columns = tuple(dict.fromkeys(name for row in rows for name in row if name[0] != "_"))
            files.append(File(date(2199, 1, 1 + at), f"{entity}.csv", entity, columns, tuple(rows)))
    return files


def test_the_companies_show_every_shape() -> None:
    shapes: Counter[str] = Counter()
    for seed in SHOWN:
        company = random_company(seed)
        tables = expected_tables(company.landed(), company.clocks, company.seeds)
        people = Counter(row["person_id"] for row in tables["dim_contacts"])
        shapes["person of several contacts"] += sum(1 for size in people.values() if size > 1)
        shapes["contact of an account"] += sum(
            row["account_name"] is not None for row in tables["dim_contacts"]
        )
        shapes["contact of an unknown account"] += sum(
            row["account_id"] is not None and row["account_name"] is None
            for row in tables["dim_contacts"]
        )
        world = World(company.landed(), company.clocks, company.seeds)
        shapes["merge that closes a loop"] += sum(
            row["merged_contact_id"] != row["surviving_contact_id"]
            and row["merged_contact_id"] not in world.merged_into
            for row in world.tables["contact_merges"]
        )
        shapes["deleted contact"] += sum(row["is_deleted"] for row in tables["dim_contacts"])
        for row in tables["fct_contact_acquisition"]:
            shapes[f"status {row['handover_status']}"] += 1
            shapes["source tie"] += row["is_source_tie"]
            shapes["lost"] += row["is_lost"]
            shapes["reassigned"] += row["reassigned_count"] > 0
            shapes["earlier hand-over"] += (
                row["handed_over_at"] is not None and row["hours_to_handover"] is None
            )
            shapes["earlier first contact"] += (
                row["first_contacted_at"] is not None and row["hours_to_first_contact"] is None
            )
            shapes["skipped stage"] += row["cp1_reached"] and row["cp1_entered_at"] is None
        for row in tables["fct_deals"]:
            shapes[f"deal {row['status']}"] += 1
            shapes["deal without contact"] += row["contact_id"] == "(no contact)"
            shapes["deal of an unknown contact"] += (
                row["contact_id"] != "(no contact)" and row["person_id"] is None
            )
            shapes["deal without amount"] += row["amount"] is None
            shapes["negative amount"] += (row["amount"] or 0) < 0
            shapes["converted amount"] += (
                row["amount_rc"] is not None and row["currency"] != company.clocks.currency
            )
            shapes["closed before created"] += (
                row["closed_at"] is not None and row["closed_at"] < row["created_at"]
            )
            shapes["closed in the future"] += (
                row["closed_at"] is not None and row["closed_at"] >= company.clocks.as_of
            )
            shapes["another manager at closing"] += row["manager_user_id"] != row["owner_user_id"]
            shapes["repeat deal"] += bool(row["is_repeat_deal"])
            shapes["paid"] += bool(row["paid_rc"])
        for row in company.landed()["deals"]:
            shapes["deal without a status"] += row.get("status") is None
            shapes["deal closed on a day"] += len(row.get("closed_at") or "") == 10
        for row in tables["dim_user_history"]:
            shapes["card since always"] += row["valid_from"] is None
            shapes["card that another followed"] += row["valid_to"] is not None
        for row in tables["fct_deal_stages"]:
            shapes["entered again"] += row["visit_no"] > 1
            shapes["backward"] += row["is_backward"]
            shapes["present stage without an event"] += row["entered_at"] is None
        shapes["empty warehouse"] += not any(
            rows
            for table, rows in tables.items()
            if table not in ("rpt_run", "dim_lead_routing_panel_sources")
        )
        shapes["data of no day"] += tables["rpt_run"][0]["data_through_date"] is None
        _count_click_shapes(shapes, company, tables)
    assert not [shape for shape, count in shapes.items() if not count]
    assert len(shapes) == SHAPES


def _count_click_shapes(
    shapes: Counter[str], company: Company, tables: dict[str, list[dict[str, Any]]]
) -> None:
    for row in tables["fct_calls"]:
        shapes[f"match {row['match_method']}"] += 1
        shapes["first call"] += row["is_first_call"]
        shapes["target call"] += row["is_target"]
        shapes["internal call"] += row["is_internal"]
        shapes["call of several legs"] += row["legs"] > 1
        shapes["call of legs without an answer"] += row["legs"] > 1 and not row["is_answered"]
        shapes["grouped calls"] += row["call_count"] > 1
        shapes["grouped target calls"] += row["is_target"] and row["call_count"] > 1
        shapes["call of an unknown contact"] += (
            row["contact_id"] is not None and row["person_id"] is None
        )
        if row["match_method"] == "dynamic_ambiguous":
            shapes["candidates that share no source"] += row["source"] == "(unknown)"
            shapes["candidates that share more than a source"] += row["medium"] is not None
    for row in tables["fct_sessions"]:
        shapes["session of a person"] += row["person_id"] is not None
        shapes["direct session"] += row["is_direct"]
        shapes["session of an unknown source"] += row["source"] == "(unknown)"
    for row in tables["fct_source_candidates"]:
        shapes[f"candidate {row['evidence']}"] += 1
        shapes["chosen though direct"] += row["is_chosen"] and row["is_direct"]
        shapes["evidence at one instant"] += "same instant" in row["reason"]
    for row in tables["fct_deals"]:
        kind = row["source"] if row["source"] in ("(none)", "(unknown)", "direct") else "known"
        shapes[f"deal of source {kind}"] += 1
        shapes["sessions before contact"] += bool(row["sessions_before_contact"])
        shapes["contact in a session"] += row["contact_session_no"] is not None
    historic = {
        row["person_id"] for row in tables["fct_calls"] if row["match_method"] == "caller_history"
    }
    shapes["first contact by the caller's history"] += sum(
        row["contact_channel"] == "call" and row["contact_session_no"] is None
        for row in tables["fct_deals"]
        if row["person_id"] in historic
    )
    for row in tables["rpt_wasted_spend"]:
        shapes[f"spend of outcome {row['outcome']}"] += 1
    for row in tables["fct_ad_spend"]:
        shapes["planned cost"] += row["is_planned"]
        shapes["spend in another currency"] += row["currency"] != company.clocks.currency
        shapes["negative share of a cost"] += row["cost"] < 0
    clicks = Clicks(World(company.landed(), company.clocks, company.seeds))
    for row in tables["fct_cost_allocations"]:
        shapes[f"{row['method']} cost of {row['target']}"] += 1
    for row in tables["fct_removal_effects"]:
        shapes["channel that never converts"] += row["removal_effect"] == 0
    for model in clicks.models():
        for journey in clicks.journeys:
            touches = clicks.within(model, journey)
            shapes["touch on the edge of the lookback"] += model.lookback_days is not None and any(
                journey["created_at"] - touch["occurred_at"] == timedelta(days=model.lookback_days)
                for touch in touches
            )
            shapes[f"{journey['conversion_type']} of several touches"] += len(touches) > 1
            shapes["conversion without a touch"] += not touches


def test_a_wrong_row_is_told_apart() -> None:
    company = random_company(FULL_SEED)
    expected = expected_tables(company.landed(), company.clocks, company.seeds)
    assert not differences(FULL_SEED, expected, expected)
    for table in KEYS:
        first, *others = expected[table]
        wrong = {**first, COLUMNS[table][-1]: "wrong"}
        for changed in (others, [first, first, *others], [wrong, *others]):
            assert differences(FULL_SEED, expected, {**expected, table: changed})
    for table in BAGS:
        first, *others = expected[table]
        for changed in (others, [first, first, *others]):
            assert differences(FULL_SEED, expected, {**expected, table: changed})


def test_wrong_credit_is_told_apart(projects: Projects, tmp_path: Path) -> None:
    company = random_company(FULL_SEED)
    got, _ = got_tables(projects(company.variant), company, tmp_path, [company.files])
    assert not attribution_differences(company, got)
    shared = [row for row in got["fct_attribution"] if (row["position"] or 0) > 1]
    row = max(shared, key=lambda row: abs(row["value_rc"] or 0))
    others = [other for other in got["fct_attribution"] if other is not row]
    cent = Decimal("0.01")
    touch_id = next(t["touch_id"] for t in got["touch ids"] if t["touch_id"] != row["touch_id"])
    for changed in (
        others,
        [row, *others, row],
        [{**row, "weight": row["weight"] - Decimal("1e-12")}, *others],
        [{**row, "value_rc": row["value_rc"] + cent}, *others],
        [{**row, "touch_id": touch_id}, *others],
        [{**row, "position": row["position"] + 1000}, *others],
        [{**row, "touch_id": UNATTRIBUTED, "position": None}, *others],
        [{**row, "person_id": "nobody"}, *others],
        [{**row, "channel": "another"}, *others],
    ):
        assert attribution_differences(company, {**got, "fct_attribution": changed})
    assert not report_differences(company, got)
    first, *further = got["rpt_attribution"]
    for reported in (further, [first, first, *further], [{**first, "spend_rc": -1}, *further]):
        assert report_differences(company, {**got, "rpt_attribution": reported})
