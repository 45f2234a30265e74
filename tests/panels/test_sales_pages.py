"""Calls, leads, the team, the forecast and what changed the revenue: as SQL says it."""

import pytest

from panels.pages import balance, calls, forecast, leads, team
from tests.panels.tree import cards, number, openings, parts_of, table_rows, text_of, with_id

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo_company")]

DAYS = "?from=2026-03-01&to=2026-08-31"
BETWEEN = "between '2026-03-01' and '2026-08-31'"


def chart(drawn, name):
    """The traces of a picture: name, and values by what they are at."""
    data = with_id(drawn, name).figure["data"]
    return {trace["name"]: dict(zip(trace["x"], trace["y"], strict=True)) for trace in data}


def same_counts(draw, look, asked, least):
    opened = openings(draw(look(asked)))
    assert len(opened) > least
    # A page is drawn for each, so of a table's columns only every seventh number, never one alone.
    for said, view in opened[::7]:
        count = with_id(draw(look(view.search())), "behind-count")
        assert number(text_of(count)) == number(said), view


# --- calls -------------------------------------------------------------------------------------


@pytest.mark.parametrize("employee", [None, "u11"])
def test_calls_are_those_of_the_facts(look, build, employee):
    visit = look(DAYS + (f"&employee={employee}" if employee else ""))
    drawn = calls.draw(visit)
    said = build.row(
        "select sum(call_count) filter (where direction = 'in') as calls_in, "
        "sum(call_count) filter (where direction = 'in' and is_answered) as answered_in, "
        "sum(call_count) filter (where is_missed) as missed, "
        "sum(call_count) filter (where direction = 'out') as calls_out, "
        "sum(talk_seconds) / 60 as talk_minutes from marts.fct_calls "
        f"where not is_internal and started_date {BETWEEN} and (? is null or user_id = ?)",
        *(employee, employee),
    )
    shown = cards(drawn)
    for name, value in said.items():
        assert number(shown[visit.words(f"call_{name}")]) == round(value) > 0, name
    picture = chart(drawn, "calls-days")
    assert sum(picture["Missed"].values()) == said["missed"]
    assert sum(picture["Answered"].values()) == said["answered_in"]
    people = table_rows(drawn, "people")
    assert sum(number(row[1]) for row in people) == said["calls_in"]
    assert sum(number(row[3]) for row in people) == pytest.approx(100, abs=0.6)


def test_calls_by_hour_are_all_calls_in(look, build):
    drawn = calls.draw(look(DAYS))
    cells = [cell for row in table_rows(drawn, "hours") for cell in row[1:] if cell]
    assert sum(number(cell) for cell in cells) == build.value(
        f"select sum(calls) from reports.rpt_calls where direction = 'in' and date_day {BETWEEN}"
    )


def test_what_became_of_missed_calls_and_how_sources_are_known(look, build):
    drawn = calls.draw(look(DAYS))
    said = build.rows(
        f"select outcome, count(*) as n from reports.rpt_missed_calls where started_date {BETWEEN} "
        "group by 1"
    )
    shown = {row[0]: number(row[1]) for row in table_rows(drawn, "missed")}
    assert shown == {row["outcome"]: row["n"] for row in said}
    methods = [
        text_of(part.children)
        for part in parts_of(with_id(drawn, "matched"))
        if getattr(part, "className", "") == "bar-value"
    ]
    assert sum(number(each) for each in methods) == build.value(
        f"select sum(calls) from reports.rpt_calls where direction = 'in' and date_day {BETWEEN}"
    )


@pytest.mark.parametrize("asked", [DAYS, f"{DAYS}&employee=u12"])
def test_every_number_of_calls_opens_as_many_calls(look, asked):
    same_counts(calls.draw, look, asked, 10)


# --- leads and clients -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ("", "true"),
        ("&employee=u14", "owner_user_id = 'u14'"),
        ("&source=google", "source = 'google'"),
        ("&channel=SEO", "channel = 'SEO'"),
    ],
)
def test_leads_are_those_of_the_facts(look, build, asked, where):
    drawn = leads.draw(look(DAYS + asked))
    said = build.row(
        "select count(*) as leads, count(*) filter (where lead_no = 1) as new_persons, "
        "count(*) filter (where deals > 0) as with_deal, "
        "count(*) filter (where status = 'client') as client, "
        "count(*) filter (where first_attempt_at is null) as never "
        f"from marts.fct_leads where {where} and opened_date {BETWEEN}"
    )
    shown = [number(value) for value in cards(drawn).values()]
    assert shown[:5] == list(said.values())
    assert said["leads"] > 20
    assert sum(sum(each.values()) for each in chart(drawn, "leads-days").values()) == said["leads"]
    for section in ("people", "sources"):
        assert sum(number(row[1]) for row in table_rows(drawn, section)) == said["leads"], section
    speed = [
        number(text_of(part.children))
        for part in parts_of(with_id(drawn, "speed"))
        if getattr(part, "className", "") == "bar-value"
    ]
    assert sum(speed) == said["leads"]


@pytest.mark.parametrize("asked", [DAYS, f"{DAYS}&employee=u14", f"{DAYS}&channel=SEO"])
def test_every_number_of_leads_opens_as_many_leads(look, asked):
    same_counts(leads.draw, look, asked, 10)


def test_clients_and_who_waits_are_those_of_the_reports(look, build):
    drawn = leads.draw(look(DAYS))
    new = build.value(f"select sum(clients_new) from reports.rpt_clients where date_day {BETWEEN}")
    assert sum(chart(drawn, "clients-months")["New"].values()) == new > 0
    first = build.rows("select lead_id from reports.rpt_leads_waiting order by place limit 20")
    assert [row[1] for row in table_rows(drawn, "waiting")] == [row["lead_id"] for row in first]


# --- team --------------------------------------------------------------------------------------


def test_plan_and_fact_are_those_of_the_targets(look, build):
    drawn = team.draw(look("?month=2026-09"))
    said = build.row(
        "select * from reports.rpt_targets where month = '2026-09-01' and level = 'company' "
        "and metric = 'revenue'"
    )
    shown = cards(drawn)
    assert number(shown["Revenue"]) == round(said["actual"])
    assert f"of {said['target_rc']:,.0f} EUR" in text_of(drawn)
    rows = table_rows(drawn, "plan")
    assert sum(number(row[2]) for row in rows) == pytest.approx(
        float(
            build.value(
                "select sum(actual) from reports.rpt_targets where month = '2026-09-01' "
                "and level = 'user' and metric = 'revenue'"
            )
        ),
        abs=len(rows),
    )


def test_the_scorecard_its_ranks_and_the_work_are_those_of_the_reports(look, build):
    drawn = team.draw(look("?month=2026-09"))
    said = build.rows(
        "select coalesce(user_name, user_id) as name, rank_revenue from reports.rpt_scorecard "
        "where month = '2026-09-01' and rank_revenue <= 3 order by rank_revenue"
    )
    shown = table_rows(drawn, "scores")
    assert [(row[0], number(row[2])) for row in shown[: len(said)]] == [
        (row["name"], row["rank_revenue"]) for row in said
    ]
    tasks = build.row(
        "select sum(tasks) as tasks, sum(open_overdue) as overdue from reports.rpt_tasks "
        "where date_day between '2026-09-01' and '2026-09-30'"
    )
    rows = table_rows(drawn, "tasks")
    assert sum(number(row[1]) for row in rows) == tasks["tasks"] > 0
    assert sum(number(row[4]) for row in rows) == tasks["overdue"]
    hours = build.value(
        "select sum(hours) from reports.rpt_time "
        "where week_start between '2026-09-01' and '2026-09-30'"
    )
    shown_hours = [number(cell) or 0 for row in table_rows(drawn, "hours") for cell in row[1:5]]
    assert sum(shown_hours) == pytest.approx(hours, abs=0.05 * len(shown_hours))


def test_a_salesperson_has_a_page_of_all_metrics(look, build):
    drawn = team.draw(look("?month=2026-09&employee=u14"))
    assert "Dorota Maj" in text_of(drawn)
    shown = {row[0]: row[-1] for row in table_rows(drawn, "development")}
    said = build.rows(
        "select metric, value from reports.rpt_kpis where period_type = 'month' "
        "and level = 'user' and level_id = 'u14' and period_start = '2026-09-01'"
    )
    assert len(said) > 15
    for row in said:
        label = build.metrics[row["metric"]]["label_en"]
        times = 100 if build.metrics[row["metric"]]["unit"] == "share" else 1
        expected = None if row["value"] is None else row["value"] * times
        assert number(shown[label]) == (
            None if expected is None else pytest.approx(expected, abs=0.51)
        ), label
    deals = build.rows(
        "select deal_id from reports.rpt_deals_to_work where owner_user_id = 'u14' order by place"
    )
    assert [row[1] for row in table_rows(drawn, "to-work")] == [row["deal_id"] for row in deals]


# --- forecast and pipeline ---------------------------------------------------------------------


@pytest.mark.parametrize("pipeline", [None, "Inbound"])
def test_the_pipeline_is_what_was_open_at_the_periods_end(look, build, pipeline):
    drawn = forecast.draw(look(DAYS + (f"&pipeline={pipeline}" if pipeline else "")))
    said = build.row(
        "select sum(deals_open) as deals, sum(amount_rc) as amount, sum(weighted_rc) as weighted "
        "from reports.rpt_pipeline_daily where date_day = '2026-08-31' "
        "and (? is null or pipeline = ?)",
        *(pipeline, pipeline),
    )
    shown = [number(value) for value in cards(drawn).values()]
    assert shown[:3] == [round(value) for value in said.values()]
    last = sum(list(each.values())[-1] for each in chart(drawn, "open-stages").values())
    assert last == pytest.approx(float(said["amount"]))
    moves = with_id(drawn, "moves-chart").figure["data"][0]
    assert moves["base"][-2] + moves["x"][-2] == pytest.approx(moves["x"][-1])
    assert moves["x"][-1] == pytest.approx(float(said["amount"]))


def test_a_forecast_of_one_manager_in_one_pipeline_is_that_of_the_report(build):
    single = build.rows(
        "select month, method, pipeline, manager_user_id, max(low_rc) as low_rc, "
        "max(high_rc) as high_rc from reports.rpt_forecast group by all having count(*) = 1"
    )
    assert len(single) > 20
    for row in single:
        [found] = build.rows(
            "from reports.forecast(pipeline := ?, employee := ?) where month = ? and method = ?",
            *(row["pipeline"], row["manager_user_id"], row["month"], row["method"]),
        )
        for bound in ("low_rc", "high_rc"):
            said = None if row[bound] is None else pytest.approx(float(row[bound]), abs=0.011)
            assert found[bound] == said, (row, bound)


def test_the_forecast_shown_is_the_sum_of_the_report(look, build):
    rows = table_rows(forecast.draw(look(DAYS)), "forecasts")
    said = build.rows(
        "select month, method, sum(expected_rc) as expected_rc from reports.rpt_forecast "
        "group by 1, 2"
    )
    assert len(rows) == len(said)
    assert sum(number(row[2]) for row in rows) == pytest.approx(
        float(sum(row["expected_rc"] for row in said)), abs=len(rows)
    )


def test_win_rates_of_one_month_are_those_of_the_report(build):
    for dimension in ("manager", "source"):
        said = build.rows(
            "select member, won, lost, win_rate, win_rate_low, win_rate_high "
            "from reports.rpt_win_rates where month = '2026-08-01' and dimension = ?",
            dimension,
        )
        found = build.rows("from reports.win_rates('2026-08-01', '2026-08-31', ?)", dimension)
        assert len(found) == len(said) > 3
        by_member = {row["member"]: row for row in found}
        for row in said:
            for name in ("won", "lost", "win_rate", "win_rate_low", "win_rate_high"):
                assert by_member[row["member"]][name] == pytest.approx(row[name]), (row, name)


def test_win_rates_are_of_all_months_asked_for(look, build):
    rows = table_rows(forecast.draw(look(f"{DAYS}&by=source")), "rates")
    won, lost = build.row(
        "select count(*) filter (where is_won), count(*) filter (where is_lost) "
        f"from marts.fct_deals where outcome_date {BETWEEN}"
    ).values()
    assert (sum(number(row[1]) for row in rows), sum(number(row[2]) for row in rows)) == (won, lost)


# --- marketing or sales ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "start"), [("month", "2026-09-01"), ("quarter", "2026-07-01"), ("month", "2026-03-01")]
)
def test_the_factors_lead_from_the_revenue_before_to_that_of_now(look, build, kind, start):
    drawn = balance.draw(look(f"?period={kind}&start={start}"))
    said = build.value(
        "select sum(revenue_rc) from marts.fct_deals where is_won and "
        "outcome_date >= cast(? as date) and outcome_date < cast(? as date) + to_months(?)",
        *(start, start, 1 if kind == "month" else 3),
    )
    shown = cards(drawn)
    assert number(shown["Revenue now"]) == round(said)
    steps = with_id(drawn, "change-chart").figure["data"][0]
    assert sum(steps["x"][:-1]) == pytest.approx(steps["x"][-1], abs=0.05)
    assert number(shown["Due to marketing"]) + number(shown["Due to sales"]) == pytest.approx(
        number(shown["Change"]), abs=2
    )
    for section in ("by-channel", "by-manager"):
        rows = table_rows(drawn, section)
        assert sum(number(row[2]) for row in rows) == pytest.approx(float(said), abs=len(rows))


def test_cohorts_and_demand_are_those_of_the_reports(look, build):
    drawn = balance.draw(look("?start=2026-09-01"))
    rows = table_rows(drawn, "cohorts")
    month = next(row for row in rows if row[0] == "2026-05")
    said = build.row(
        "select sum(persons) as persons, sum(clients) as clients, sum(spend_rc) as spend_rc, "
        "sum(revenue_rc) filter (where months_since <= 2) as revenue_rc from reports.rpt_cohorts "
        "where cohort_basis = 'first_candidate' and cohort_month = '2026-05-01'"
    )
    assert [number(cell) for cell in month[1:4]] == [
        said["persons"],
        said["clients"],
        round(said["spend_rc"]),
    ]
    share = 100 * float(said["revenue_rc"]) / float(said["spend_rc"])
    assert number(month[6]) == round(share)
    picture = chart(drawn, "demand-months")
    whole = build.value(
        "select sum(revenue_rc) from reports.rpt_demand "
        "where month between '2025-10-01' and '2026-10-01'"
    )
    assert sum(sum(each.values()) for each in picture.values()) == pytest.approx(float(whole))
