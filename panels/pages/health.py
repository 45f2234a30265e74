"""Data health: when it ran, what is late, refused or does not add up, and what has changed."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html

from panels import parts
from panels.reader import Row
from panels.visit import Page, Visit

_LONG = ("evidence", "key", "meaning", "reason", "subject")
"""Columns of sentences, which are wrapped."""


def draw(visit: Visit) -> parts.Children:
    """The page."""
    words, build = visit.words, visit.build
    late = build.rows(
        "from trust.rpt_source_freshness order by is_late desc nulls last, source_system, entity"
    )
    refused = build.rows(
        "select source_system, entity, reason, count(*) as rows from trust.rpt_quarantine "
        "group by all order by rows desc, source_system, entity, reason"
    )
    totals = build.rows(
        "select check_name, count(*) as checks, count(*) filter (where is_ok) as ok "
        "from trust.rpt_reconciliation group by 1 order by 1"
    )
    rules = build.rows(
        "from trust.rpt_data_quality where failing_rows > 0 "
        "order by severity, failing_rows desc, rule"
    )
    alerts = build.rows(
        "from trust.rpt_alerts order by resolved_at is not null, severity, first_seen desc, rule"
    )
    changes = build.rows(
        "select table_name, cause, max(evidence) as evidence, count(*) as changes_count "
        "from trust.rpt_restatements group by table_name, cause "
        "order by changes_count desc, table_name, cause"
    )
    cells = build.rows(
        "from trust.rpt_restatements order by table_name, abs(difference) desc nulls last, key, "
        '"column" limit 50'
    )
    last = build.rows("from trust.rpt_publications order by published_at desc limit 10")
    return [
        parts.heading(visit, "health"),
        parts.cards(
            _card(visit, "published", words.day(build.run["published_at"]), "published_at"),
            _card(visit, "through", words.day(build.data_through), "data_through_date"),
            _card(visit, "deliveries", words.number(build.run["deliveries"]), "deliveries"),
            _card(visit, "as_of", words.day(build.run["as_of"]), "as_of"),
        ),
        _list(
            visit,
            "alerts",
            "trust.rpt_alerts",
            alerts,
            ("rule", "subject", "severity", "first_seen", "last_seen", "resolved_at"),
            ("value", "threshold"),
        ),
        _list(
            visit,
            "freshness",
            "trust.rpt_source_freshness",
            late,
            ("source_system", "entity", "last_event_at", "last_delivery_date", "is_late"),
            ("hours_since_delivery", "usual_gap_hours"),
        ),
        _list(
            visit,
            "quarantine",
            "trust.rpt_quarantine",
            refused,
            ("source_system", "entity", "reason"),
            ("rows",),
        ),
        _list(
            visit,
            "reconciliation",
            "trust.rpt_reconciliation",
            totals,
            ("check_name",),
            ("checks", "ok"),
        ),
        _list(
            visit,
            "rules",
            "trust.rpt_data_quality",
            rules,
            ("rule", "table_name", "severity", "meaning"),
            ("failing_rows",),
        ),
        _list(
            visit,
            "changes",
            "trust.rpt_restatements",
            changes,
            ("table_name", "cause", "evidence"),
            ("changes_count",),
        ),
        *_changed_cells(visit, cells),
        _list(
            visit,
            "publications",
            "trust.rpt_publications",
            last,
            ("build_id", "published_at", "as_of"),
            ("tables", "rows"),
        ),
    ]


def _card(visit: Visit, name: str, value: str, column: str) -> parts.Component:
    meaning = visit.build.meaning("trust.rpt_run", column)
    return parts.card(visit.words(f"health_{name}"), value, meaning)


def _changed_cells(visit: Visit, cells: Sequence[Row]) -> parts.Children:
    """The cells that have changed, where any has."""
    if not cells:
        return []
    texts = ("table_name", "key", "column", "old_value", "new_value", "cause")
    return [_list(visit, "cells", "trust.rpt_restatements", cells, texts, ("difference",))]


def _list(
    visit: Visit,
    name: str,
    table: str,
    rows: Sequence[Row],
    texts: Sequence[str],
    numbers: Sequence[str],
) -> parts.Component:
    """A question, the answer in a sentence, and its rows; without any, the good news."""
    words = visit.words

    def column(field: str, is_number: bool) -> parts.Column:
        def cell(row: Row) -> parts.Component:
            value = row[field]
            if is_number:
                return words.number(value, 0 if value is None or value == int(value) else 3)
            if isinstance(value, bool):
                return words("yes") if value else words("no")
            return words.day(value) if hasattr(value, "year") else str(value or "–")

        meaning = visit.build.meaning(table, field) or words("rows_of_this_kind")
        is_long = field in _LONG
        return parts.Column(words(f"health_{field}"), cell, meaning, is_number, is_long)

    columns = [*(column(each, False) for each in texts), *(column(each, True) for each in numbers)]
    title = words(f"health_{name}")
    shown = parts.table(columns, rows, title) if rows else html.P(words(f"health_no_{name}"))
    return parts.section(title, shown, id=name)


PAGE = Page("/data-health", "health", draw)
