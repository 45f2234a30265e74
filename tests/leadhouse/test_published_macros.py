"""Macros of the published file on a few rows, without a build."""

from __future__ import annotations

import duckdb
import pytest

from leadhouse.published_macros import published_macros

POINTS = [
    f"{point}_{how}" for point in ("cp1", "cp2", "final") for how in ("entered", "now", "reached")
]
MEASURES = [
    *("acquired", "handed_over", "contacted", "waiting", "direct_assigned"),
    *("hours_to_handover_sum", "hours_to_handover_count", *POINTS),
]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("", [("(all)", 3), ("web", 3), ("fair", 0)]),
        (", seller := 'ewa'", [("(all)", 1), ("web", 1), ("fair", 0)]),
        (", seller := 'nobody'", [("(all)", 0), ("fair", 0), ("web", 0)]),
    ],
)
def test_a_source_of_a_panel_without_contacts_has_a_row(
    asked: str, wanted: list[tuple[str, int]]
) -> None:
    """LR-32: zero rows are kept for the tags of the panel, in the flow as in the basic data."""
    measures = ", ".join(f"n as {name}" for name in MEASURES)
    con = duckdb.connect()
    con.execute("create schema reports; create schema marts")
    con.execute(
        "create table marts.dim_lead_routing_panel_sources as from (values "
        "('p', 'web'), ('p', 'fair'), ('q', 'other')) as given (panel_id, source_tag)"
    )
    con.execute(
        f"create table reports.rpt_lead_routing_flow as select * exclude (n), {measures} from "
        "(values ('p', date '2026-01-01', 'web', 'ewa', 1), "
        "('p', date '2026-01-02', 'web', 'jan', 2), ('p', date '2026-02-01', 'fair', 'ewa', 4), "
        "('q', date '2026-01-01', 'other', 'ewa', 8)) "
        "as given (panel_id, acquired_date, source_tag, user_id, n)"
    )
    for macro in published_macros():
        if macro.name == "lead_routing_flow":
            con.execute(macro.text)

    found = con.execute(
        "select source_tag, acquired from "
        f"reports.lead_routing_flow('p', '2026-01-01', '2026-01-31'{asked})"
    ).fetchall()

    assert found == wanted
