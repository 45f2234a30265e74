"""The alerts of a build: what breaks the rules of ``marts.dim_alert_rules``, and since when.

A rule names a table and SQL of its own, so that no model can evaluate it. What earlier builds saw
is in the table of the build that is published. Clocks are those of the builds, so that the same
builds say the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from leadhouse import sqltext as sql
from leadhouse.catalogue import Manifest, Node, key_of, published
from leadhouse.comparing import BEFORE
from leadhouse.database import attach_published, open_candidate, open_published
from leadhouse.errors import LeadhouseError
from leadhouse.paths import MAIN_FILE
from leadhouse.settings import Settings

ALERTS_TABLE = "trust.rpt_alerts"
RULES_TABLE = "marts.dim_alert_rules"
MOST_SUBJECTS = 1_000
"""Subjects that are told of one rule; the others are counted."""

_KPIS = "reports.rpt_kpis"

Rule = dict[str, Any]


def note_alerts(settings: Settings, manifest_file: Path) -> None:
    """Fill the candidate's ``trust.rpt_alerts``: what breaks a rule now, and what did before.

    Raises :class:`LeadhouseError` when the SQL of a rule cannot be run.
    """
    manifest: Manifest = json.loads(manifest_file.read_text())
    tables = {f"{model['schema']}.{model['alias']}": model for model in published(manifest)}
    with open_candidate(settings, read_only=False) as con:
        asked = con.execute(f"from {RULES_TABLE} order by rule")
        names = [column[0] for column in asked.description or ()]
        rules = [dict(zip(names, values, strict=True)) for values in asked.fetchall()]
        con.execute(
            "create temp table broken (rule varchar, subject varchar, value double, "
            "threshold double, severity varchar)"
        )
        for rule in rules:
            _note_broken(con, rule, _values(rule, manifest, tables, settings))
        con.execute(f"create temp table known as from {ALERTS_TABLE}")
        if attach_published(con, settings, BEFORE):
            _copy_known(con)
            con.execute(f"detach {BEFORE}")
        _fill(con)


def broken_rules(settings: Settings, channel: str) -> dict[str, str]:
    """What breaks a rule in the published build and is sent by ``channel``, each with its words.

    Nothing where no build is published, or one of an older version.
    """
    if not (settings.published_dir / MAIN_FILE).exists():
        return {}
    with open_published(settings) as con:
        if not _has_alerts(con, MAIN_FILE.removesuffix(".duckdb")):
            return {}
        rows = con.execute(
            f"""
            select rule || ': ' || subject, alerts.severity, value, alerts.threshold,
                cast(first_seen as date)
            from {ALERTS_TABLE} as alerts join {RULES_TABLE} as rules using (rule)
            where resolved_at is null and channel in ('all', ?)
            order by all
            """,
            [channel],
        ).fetchall()
    return {
        subject: f"{severity} since {since}: {subject} is {value:,.10g} (threshold {limit:,.10g})"
        for subject, severity, value, limit, since in rows
    }


def _note_broken(con: duckdb.DuckDBPyConnection, rule: Rule, values: str) -> None:
    """Note the subjects whose value breaks a rule; ``values`` is SQL for subject and value."""
    limit = rule["threshold"]
    breaks = {
        "above": "value > $limit",
        "below": "value < $limit",
        "missing_days": "value > $limit",
        "change_over_weeks": "value <= $limit" if limit < 0 else "value >= $limit",
    }[rule["comparison"]]
    try:
        con.execute(
            f"""
            insert into broken
            with found as (
                select subject, value, row_number() over (order by subject) as place,
                    count(*) over () as subjects
                from ({values})
                where {breaks}
            )
            select $rule, subject, value, $limit, $severity
            from found where place <= {MOST_SUBJECTS}
            union all
            select $rule, '(more)', any_value(subjects) - {MOST_SUBJECTS}, $limit, $severity
            from found having any_value(subjects) > {MOST_SUBJECTS}
            """,
            {"rule": rule["rule"], "limit": limit, "severity": rule["severity"]},
        )
    except duckdb.Error as error:
        raise LeadhouseError(
            f"seeds/alert_rules.csv: the rule {rule['rule']} cannot be evaluated (metric "
            f"{rule['metric'] or 'empty'}, table_name {rule['table_name'] or 'empty'}, column_name "
            f"{rule['column_name'] or 'empty'}, filter {rule['filter'] or 'empty'}, comparison "
            f"{rule['comparison']}): {str(error).splitlines()[0]} Correct its row."
        ) from error


def _values(rule: Rule, manifest: Manifest, tables: dict[str, Node], settings: Settings) -> str:
    """SQL for what a rule looks at, one row a subject."""
    run = (
        f"(select cast(as_of at time zone {sql.text(settings.timezone)} as date) as today, "
        "cast(date_trunc('week', data_through_date + 1) as date) - 7 as week from trust.rpt_run)"
    )
    comparison = rule["comparison"]
    if rule["metric"]:
        table, subject = _KPIS, "level || ' ' || level_id"
        day, value = "period_start", "any_value(value)"
        which = f"metric = {sql.text(rule['metric'])} and ({_of_metric(rule['filter'])})"
        days = "period_type = 'day' and numerator <> 0"
        which += f" and {days}" if comparison == "missing_days" else " and period_type = 'week'"
    else:
        table, column = rule["table_name"], sql.name(rule["column_name"])
        subject, value = sql.text(rule["column_name"]), f"sum({column})"
        which = f"({rule['filter'] or 'true'})"
        key = key_of(manifest, tables[table])
        if comparison in ("above", "below"):
            shown = " || ', ' || ".join(
                f"'{name} ' || coalesce(cast({sql.name(name)} as varchar), 'NULL')" for name in key
            )
            return f"select {shown} as subject, {column} as value from {table} where {which}"
        day = column if comparison == "missing_days" else _week_of(rule, key, tables[table])
    if comparison == "missing_days":
        return (
            f"select {subject} as subject, any_value(today) - max(cast({day} as date)) as value "
            f"from {table}, {run} where {which} and cast({day} as date) < today group by all"
        )
    weeks = (
        f"(select {subject} as subject, {day} as week, {value} as value from {table} "
        f"where {which} group by all)"
    )
    if comparison in ("above", "below"):
        return f"select subject, value from {weeks} join {run} using (week)"
    return (
        "select now.subject, 100.0 * (now.value - old.value) / nullif(old.value, 0) as value "
        f"from {weeks} as now join {run} using (week) join {weeks} as old "
        f"on now.subject = old.subject and old.week = now.week - {7 * rule['weeks']}"
    )


def _week_of(rule: Rule, key: list[str], model: Node) -> str:
    """SQL for the week of a table's row; raises LeadhouseError where its key has no day."""
    for name in key:
        if model["columns"][name]["data_type"] == "date":
            return f"cast(date_trunc('week', {sql.name(name)}) as date)"
    raise LeadhouseError(
        f"seeds/alert_rules.csv: comparison of the rule {rule['rule']} is change_over_weeks, and "
        f"{rule['table_name']} has no day in its key. Use another comparison or table."
    )


def _of_metric(condition: str | None) -> str:
    """The filter of a rule on a metric, for the company unless it says of whom."""
    if condition is None:
        return "level = 'company'"
    return condition if "level" in condition else f"level = 'company' and ({condition})"


def _copy_known(con: duckdb.DuckDBPyConnection) -> None:
    """What the published build knows of alerts; a build of an older version knows of none."""
    if _has_alerts(con, BEFORE):
        con.execute(
            f"insert into known by name from {BEFORE}.{ALERTS_TABLE} "
            "where first_seen <= (select as_of from trust.rpt_run)"
        )


def _has_alerts(con: duckdb.DuckDBPyConnection, database: str) -> bool:
    found = con.execute(
        "select 1 from duckdb_tables() where database_name = ? "
        "and schema_name || '.' || table_name = ?",
        [database, ALERTS_TABLE],
    )
    return bool(found.fetchall())


def _fill(con: duckdb.DuckDBPyConnection) -> None:
    """Carry on what is broken still, end what is not, begin what is new.

    What was resolved at this very as_of, or later, was not: a build of the same day saw it go.
    """
    con.execute(
        f"""
        insert into {ALERTS_TABLE} by name
        with lasting as (
            select rule, subject, max(first_seen) as first_seen
            from known
            where resolved_at is null or resolved_at >= (select as_of from trust.rpt_run)
            group by rule, subject
        ),
        carried as (
            select rule, subject, first_seen from lasting semi join broken using (rule, subject)
        )
        select broken.*, coalesce(lasting.first_seen, run.as_of) as first_seen,
            run.as_of as last_seen, cast(null as timestamptz) as resolved_at
        from broken
        cross join trust.rpt_run as run
        left join lasting using (rule, subject)
        union all by name
        select known.* replace (coalesce(resolved_at, run.as_of) as resolved_at)
        from known
        cross join trust.rpt_run as run
        anti join carried using (rule, subject, first_seen)
        """
    )
