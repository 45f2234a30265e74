"""Marketing or sales: what changed the revenue, whose cohorts pay back, and why people come."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import dcc, html

from panels import charts, parts
from panels.visit import Page, Visit

CHANGES = "reports.rpt_revenue_changes"
COHORTS = "reports.rpt_cohorts"
DEMAND = "reports.rpt_demand"
PERIODS = ("month", "quarter")
FACTORS = ("spend", "leads_per_spend", "deals_per_lead", "wins_per_deal", "revenue_per_win")
COMING = ("new", "gone")
BASES = ("first_candidate", "first_won")
CLASSES = ("marketing", "recommendation", "word_of_mouth", "manager_own", "unknown")
COHORTS_SHOWN = 12


def draw(visit: Visit) -> parts.Children:
    """The page."""
    words = visit.words
    asked = visit.view.get("period")
    kind = asked if asked in PERIODS else PERIODS[0]
    starts = visit.build.rows(
        f"select distinct period_start, is_complete from {CHANGES} "
        "where period_type = ? and slice = 'all' order by 1 desc",
        kind,
    )
    if not starts:
        return [parts.heading(visit, "balance"), parts.missing(words("no_changes"))]
    known = {row["period_start"].isoformat(): row for row in starts}
    latest = next((row for row in starts if row["is_complete"]), starts[0])
    start = visit.view.get("start")
    shown = start if start and start in known else latest["period_start"].isoformat()
    kinds = [(name, words(f"period_{name}")) for name in PERIODS]
    options = [(name, name[:7]) for name in known]
    return [
        parts.heading(
            visit,
            "balance",
            parts.choice(visit, "period", words("kind_of_period"), kinds, words(f"period_{kind}")),
            parts.choice(visit, "start", words("period_of"), options, shown[:7]),
        ),
        *_change(visit, kind, shown),
        _members(visit, kind, shown, "channel"),
        _members(visit, kind, shown, "manager"),
        _demand(visit, shown),
        _cohorts(visit),
        _payback(visit),
    ]


# --- the change of revenue ---------------------------------------------------------------------


def _change(visit: Visit, kind: str, start: str) -> parts.Children:
    words = visit.words
    rows = visit.build.rows(
        f"select factor, side, effect_rc, revenue_before_rc, revenue_now_rc from {CHANGES} "
        "where period_type = ? and slice = 'all' and period_start = cast(? as date)",
        *(kind, start),
    )
    sums = visit.build.row(
        "select max(revenue_before_rc) as before, max(revenue_now_rc) as now, "
        "max(revenue_now_rc) - max(revenue_before_rc) as change, "
        "coalesce(sum(effect_rc) filter (where side = 'marketing'), 0) as marketing, "
        f"coalesce(sum(effect_rc) filter (where side = 'sales'), 0) as sales from {CHANGES} "
        "where period_type = ? and slice = 'all' and period_start = cast(? as date)",
        *(kind, start),
    )
    effects = {row["factor"]: row["effect_rc"] for row in rows}
    steps = [
        (words("revenue_before"), float(sums["before"]), True),
        *(
            (words(f"factor_{name}"), float(effects[name]), False)
            for name in (*FACTORS, *COMING)
            if name in effects
        ),
        (words("revenue_now"), float(sums["now"]), True),
    ]
    boxes = [
        parts.card(
            words(label),
            visit.money(sums[name]),
            visit.build.meaning(CHANGES, column),
        )
        for label, name, column in (
            ("revenue_before", "before", "revenue_before_rc"),
            ("revenue_now", "now", "revenue_now_rc"),
            ("revenue_change", "change", "effect_rc"),
            ("of_marketing", "marketing", "side"),
            ("of_sales", "sales", "side"),
        )
    ]
    side = "marketing" if abs(sums["marketing"]) >= abs(sums["sales"]) else "sales"
    answer = words(
        f"change_answer_{side}",
        marketing=visit.money(sums["marketing"]),
        sales=visit.money(sums["sales"]),
    )
    return [
        parts.cards(*boxes),
        parts.section(
            words("change"),
            charts.waterfall(words, "change-chart", steps),
            id="change",
            answer=answer,
        ),
    ]


def _members(visit: Visit, kind: str, start: str, slice_: str) -> parts.Component:
    """The same for each channel or manager: a row each, a column a factor."""
    words = visit.words
    columns = ", ".join(
        f"sum(effect_rc) filter (where factor = '{name}') as {name}" for name in (*FACTORS, *COMING)
    )
    rows = visit.build.rows(
        "select member, max(member_name) as member_name, max(revenue_before_rc) as before, "
        f"max(revenue_now_rc) as now, sum(effect_rc) as change, {columns} from {CHANGES} "
        "where period_type = ? and slice = ? and period_start = cast(? as date) "
        "group by member having bool_or(effect_rc <> 0) or max(revenue_now_rc) <> 0 "
        "order by abs(change) desc, member",
        *(kind, slice_, start),
    )
    if not rows:
        return parts.section(
            words(f"change_{slice_}"), parts.missing(words("nothing_here")), id=f"by-{slice_}"
        )

    def effect(name: str, label: str, column: str = "effect_rc") -> parts.Column:
        return parts.measured(
            visit, CHANGES, name, label, meaning=visit.build.meaning(CHANGES, column)
        )

    table = [
        parts.Column(
            words(f"by_{slice_}"),
            lambda row: row["member_name"] or row["member"],
            visit.build.meaning(CHANGES, "member"),
            is_number=False,
        ),
        effect("before", words("revenue_before"), "revenue_before_rc"),
        effect("now", words("revenue_now"), "revenue_now_rc"),
        effect("change", words("revenue_change")),
        *(effect(name, words(f"factor_{name}"), "factor") for name in (*FACTORS, *COMING)),
    ]
    first = rows[0]
    answer = words(
        "change_most",
        name=first["member_name"] or first["member"],
        change=visit.money(first["change"]),
    )
    return parts.section(
        words(f"change_{slice_}"),
        parts.table(table, rows, words(f"change_{slice_}")),
        id=f"by-{slice_}",
        answer=answer,
    )


# --- why people come ---------------------------------------------------------------------------


def _demand(visit: Visit, start: str) -> parts.Component:
    """Revenue of won deals by what makes people come, in the twelve months up to the period."""
    words = visit.words
    rows = visit.build.rows(
        "select month, demand_class, coalesce(revenue_rc, 0) as revenue_rc, conflicts "
        f"from {DEMAND} where month <= cast(? as date) + to_months(2) "
        "and month > cast(? as date) - to_months(12) order by month",
        *(start, start),
    )
    if not rows:
        return parts.section(words("demand"), parts.missing(words("nothing_here")), id="demand")
    months = sorted({row["month"] for row in rows})
    found = {(row["demand_class"], row["month"]): float(row["revenue_rc"]) for row in rows}
    series = [
        (words(f"demand_{name}"), [found.get((name, month), 0) for month in months])
        for name in CLASSES
        if any((name, month) in found for month in months)
    ]
    whole = sum(found.values())
    marketing = sum(value for (name, _), value in found.items() if name == "marketing")
    answer = words(
        "demand_answer",
        share=words.percent(100 * marketing / whole if whole else None),
        conflicts=words.number(sum(row["conflicts"] for row in rows)),
    )
    return parts.section(
        words("demand"),
        charts.columns(words, "demand-months", months, series, of_months=True),
        id="demand",
        answer=answer,
    )


# --- cohorts -----------------------------------------------------------------------------------


def _basis(visit: Visit) -> str:
    asked = visit.view.get("cohort")
    return asked if asked in BASES else BASES[0]


def _cohorts(visit: Visit) -> parts.Component:
    """What the people of a month brought for what was spent on them, month after month."""
    words, basis = visit.words, _basis(visit)
    rows = visit.build.rows(
        "select cohort_month, months_since, sum(sum(revenue_rc)) over grown as revenue_rc, "
        "sum(sum(spend_rc)) over whole as spend_rc, sum(sum(persons)) over whole as persons, "
        "sum(sum(clients)) over whole as clients "
        f"from {COHORTS} where cohort_basis = ? and cohort_month > "
        "(select max(month) from reports.rpt_cohorts) - to_months(cast(? as integer)) "
        "group by cohort_month, months_since "
        "window grown as (partition by cohort_month order by months_since), "
        "whole as (partition by cohort_month) order by cohort_month desc, months_since",
        *(basis, COHORTS_SHOWN),
    )
    links = html.Div(
        [
            dcc.Link(
                words(f"cohort_{name}"),
                href=visit.view.link(cohort=name),
                className="range chosen" if name == basis else "range",
            )
            for name in BASES
        ],
        className="ranges",
    )
    if not rows:
        return parts.section(
            words("cohorts"), links, parts.missing(words("no_cohorts")), id="cohorts"
        )
    months = list(dict.fromkeys(row["cohort_month"] for row in rows))
    found = {(row["cohort_month"], row["months_since"]): row for row in rows}
    last = visit.build.data_through
    whole = {row["cohort_month"]: row for row in rows}
    since = range(max(_months_between(month, last) for month in months) + 1)

    def cell(month: Any, age: int) -> parts.Component:
        if age > _months_between(month, last):
            return html.Td("")
        ages = [each for each in range(-24, age + 1) if (month, each) in found]
        revenue = found[(month, ages[-1])]["revenue_rc"] if ages else 0
        spend = whole[month]["spend_rc"]
        if not spend:
            return html.Td(words.number(revenue), title=words("no_spend"))
        share = 100 * float(revenue) / float(spend)
        strength = min(share, 400) / 400 * 60
        look = {"background": f"color-mix(in srgb, var(--bar) {strength:.0f}%, transparent)"}
        said = f"{visit.money(revenue)} / {visit.money(spend)}"
        return html.Td(
            words.percent(share, 0),
            title=said,
            style=look,
            className="paid-back" if share >= 100 else None,
        )

    head = [
        html.Th(words("month")),
        html.Th(words("persons"), title=visit.build.meaning(COHORTS, "persons")),
        html.Th(words("measure_clients"), title=visit.build.meaning(COHORTS, "clients")),
        html.Th(words("measure_spend_rc"), title=visit.build.meaning(COHORTS, "spend_rc")),
        *(html.Th(f"+{age}", scope="col") for age in since),
    ]
    body = [
        html.Tr(
            [
                html.Th(month.strftime("%Y-%m"), scope="row"),
                html.Td(words.number(whole[month]["persons"])),
                html.Td(words.number(whole[month]["clients"])),
                html.Td(words.number(whole[month]["spend_rc"])),
                *(cell(month, age) for age in since),
            ]
        )
        for month in months
    ]
    shown = html.Div(
        html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="heat"),
        className="table",
        tabIndex=0,
        role="region",
        **parts.named(words("cohorts")),
    )
    answer = words("cohorts_answer")
    return parts.section(words("cohorts"), links, shown, id="cohorts", answer=answer)


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _payback(visit: Visit) -> parts.Component:
    """By source: how many cohorts with spend have paid back by now, and how fast."""
    words = visit.words
    rows = visit.build.rows(
        "select channel, source, count(*) as cohorts, count(payback_months) as paid_back, "
        "median(payback_months) as months, sum(spend_rc) as spend_rc from ("
        "select channel, source, cohort_month, max(payback_months) as payback_months, "
        f"sum(spend_rc) as spend_rc from {COHORTS} where cohort_basis = ? "
        "group by 1, 2, 3 having sum(spend_rc) > 0) "
        "group by 1, 2 order by spend_rc desc, 1, 2",
        _basis(visit),
    )
    if not rows:
        return parts.section(words("payback"), parts.missing(words("no_cohorts")), id="payback")
    columns = [
        parts.told(visit, COHORTS, "channel", words("channel")),
        parts.told(visit, COHORTS, "source", words("source")),
        parts.measured(visit, COHORTS, "spend_rc", words("measure_spend_rc"), visit.money),
        *(
            parts.measured(
                visit, COHORTS, name, label, meaning=visit.build.meaning(COHORTS, column)
            )
            for name, label, column in (
                ("cohorts", words("cohorts_count"), "cohort_month"),
                ("paid_back", words("paid_back"), "payback_month"),
            )
        ),
        parts.measured(
            visit,
            COHORTS,
            "months",
            words("payback_months"),
            lambda value: words.number(value, 1),
            meaning=visit.build.meaning(COHORTS, "payback_months"),
        ),
    ]
    answer = words(
        "payback_answer",
        n=words.number(sum(row["paid_back"] for row in rows)),
        whole=words.number(sum(row["cohorts"] for row in rows)),
    )
    return parts.section(
        words("payback"),
        parts.table(columns, rows, words("payback")),
        id="payback",
        answer=answer,
    )


PAGE = Page("/marketing-or-sales", "balance", draw)
