"""Every number on a page is what SQL says, and what it opens counts as much."""

import shutil
from datetime import timedelta

import duckdb
import pytest

from leadhouse.database import open_published
from leadhouse.exports.files import header_of
from leadhouse.exports.tables import choose_table
from leadhouse.settings import load_settings
from panels.app import PAGES, draw
from panels.pages import calls, channels, deal_journal, funnel, health, lead_routing, overview
from panels.reader import Reader
from panels.view import View
from panels.visit import Visit
from panels.words import languages
from tests.panels.tree import cards, number, openings, parts_of, table_rows, text_of, with_id

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo_company")]

DAYS = "?from=2026-03-01&to=2026-08-31"


# --- all pages ---------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(languages()))
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_is_drawn_in_every_language(company_settings, page, code):
    drawn = draw(Reader(company_settings), View.of(page.path, f"?lang={code}"))
    assert text_of(with_id_of_tag(drawn, "H1")) == languages()[code](page.name)
    assert "data_through" not in text_of(drawn)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_days_before_any_data_leave_no_page_without_words(company_settings, page):
    asked = "?from=1990-01-01&to=1990-01-02&acquired_from=1990-01-01&acquired_to=1990-01-02"
    drawn = draw(Reader(company_settings), View.of(page.path, asked))
    assert with_id_of_tag(drawn, "H1")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_number_says_what_it_means_on_hover(look, page):
    shown = [
        part
        for part in parts_of(page.draw(look(DAYS)))
        if (type(part).__name__ == "Th" and getattr(part, "className", "") == "number")
        or getattr(part, "className", "") in ("card", "card opens")
    ]
    assert shown
    assert [text_of(part) for part in shown if not part.title] == []


def with_id_of_tag(tree, tag):
    return next(part for part in parts_of(tree) if type(part).__name__ == tag)


# --- overview ----------------------------------------------------------------------------------


def test_the_overview_is_the_sum_of_the_channels_days(look, build):
    visit = look(DAYS)
    shown = cards(overview.draw(visit))
    sums = build.row(
        "select sum(spend_rc) as spend_rc, sum(sessions) as sessions, sum(calls) as calls, "
        "sum(enquiries) as enquiries, sum(contacts) as contacts, sum(leads) as leads, "
        "sum(deals_created) as deals_created, sum(deals_won) as deals_won, "
        "sum(revenue_rc) as revenue_rc from reports.rpt_channel_performance "
        "where date_day between '2026-03-01' and '2026-08-31'"
    )
    for name, value in sums.items():
        assert number(shown[visit.words(f"measure_{name}")]) == round(value), name
    romi = 100 * float(sums["revenue_rc"] - sums["spend_rc"]) / float(sums["spend_rc"])
    assert number(shown["ROMI, of revenue"]) == pytest.approx(romi, abs=0.06)


def test_the_channels_add_up_to_the_company(look):
    drawn = overview.draw(look(DAYS))
    shown = cards(drawn)
    rows = table_rows(drawn, "channels")
    assert sum(number(row[6]) for row in rows) == number(shown["Leads"])
    assert sum(number(row[8]) for row in rows) == number(shown["Deals won"])


def test_of_an_employee_the_overview_shows_what_is_hers(look, build):
    who = build.value(
        "select manager_user_id from marts.fct_deals where is_won "
        "group by 1 order by count(*) desc, 1 limit 1"
    )
    shown = cards(overview.draw(look(f"{DAYS}&employee={who}")))
    deals = build.row(
        "select sum(deals) filter (where date_basis = 'created') as created, "
        "sum(deals) filter (where date_basis = 'outcome' and status = 'won') as won, "
        "sum(revenue_rc) filter (where date_basis = 'outcome') as revenue_rc "
        "from reports.rpt_deal_summary where manager_user_id = ? "
        "and date_day between '2026-03-01' and '2026-08-31'",
        who,
    )
    leads = build.value(
        "select sum(leads) from reports.rpt_leads where user_id = ? "
        "and date_day between '2026-03-01' and '2026-08-31'",
        who,
    )
    assert number(shown["Deals created"]) == deals["created"] > 0
    assert number(shown["Deals won"]) == deals["won"] > 0
    assert number(shown["Revenue"]) == round(deals["revenue_rc"])
    assert number(shown["Leads"]) == leads
    assert number(shown["Spend"]) is None


def test_the_change_is_against_as_many_days_before(look, build):
    visit = look(DAYS)
    before = visit.period().before()
    assert (before.last - before.first, before.last) == (
        visit.period().last - visit.period().first,
        visit.period().first - timedelta(1),
    )
    sessions = build.value(
        "select sum(sessions) from reports.rpt_channel_performance where date_day between ? and ?",
        *(before.first, before.last),
    )
    assert f"before: {sessions:,}" in text_of(overview.draw(visit))


# --- lead routing ------------------------------------------------------------------------------

ROUTING = f"{DAYS}&acquired_from=2026-03-01&acquired_to=2026-08-31&panel=inbound"


def test_basic_data_is_counted_on_each_counts_own_day(look, build):
    shown = cards(with_id(lead_routing.draw(look(ROUTING)), "basic-data"))
    said = build.row(
        "select sum(acquired_contacts) as acquired, sum(handed_over_contacts) as handed_over, "
        "sum(contacted_contacts) as contacted from reports.rpt_lead_routing_daily "
        "where panel_id = 'inbound' and date_day between '2026-03-01' and '2026-08-31'"
    )
    assert [number(value) for value in shown.values()] == [
        *(float(value) for value in said.values()),
        round(float(said["handed_over"]) / 5, 1),
    ]


@pytest.mark.parametrize("seller", [None, "u19"])
def test_the_boxes_of_the_flow_are_the_cohorts_counts(look, build, seller):
    asked = ROUTING + (f"&seller={seller}" if seller else "")
    shown = cards(with_id(lead_routing.draw(look(asked)), "contact-flow"))
    cohort = (
        "from marts.fct_contact_acquisition where panel_id = 'inbound' "
        "and acquired_date between '2026-03-01' and '2026-08-31'"
    )
    assert number(shown["Acquired contacts"]) == build.value(f"select count(*) {cohort}")
    said = build.row(
        "select count(handed_over_at) as handed, count(first_contacted_at) as contacted, "
        "avg(hours_to_handover) as hours, count(cp1_entered_at) as cp1, "
        f"count(cp2_entered_at) as cp2, count(final_entered_at) as final {cohort} "
        "and (? is null or user_id = ?)",
        *(seller, seller),
    )
    six = list(shown.values())[-6:]
    assert [number(value) for value in six] == [round(float(value), 1) for value in said.values()]


def test_every_number_of_lead_routing_opens_as_many_contacts(look, build):
    opened = openings(lead_routing.draw(look(f"{ROUTING}&details=u19")))
    assert len(opened) > 60
    for said, view in opened:
        visit = look(view.search())
        count = with_id(lead_routing.draw(visit), "behind-count")
        assert number(text_of(count)) == number(said), view


def test_the_red_part_is_split_into_lost_and_still_open(look, build):
    red = [
        part.title
        for part in parts_of(lead_routing.draw(look(ROUTING)))
        if "not-passed" in str(getattr(part, "className", "")) and hasattr(part, "href")
    ]
    said = build.rows(
        "select sum(not_passed) as n, sum(not_passed_lost) as lost, sum(not_passed_open) as open "
        "from reports.rpt_lead_routing_steps where panel_id = 'inbound' "
        "and acquired_date between '2026-03-01' and '2026-08-31' "
        "group by step_no having n > 0 order by step_no"
    )
    words = languages()["en"]
    assert red == [words("not_passed_said", **row) for row in said]


# --- deal journal ------------------------------------------------------------------------------

WON = f"{DAYS}&basis=outcome&status=won"


def test_the_journals_totals_are_those_of_its_rows(look, build):
    shown = cards(deal_journal.draw(look(WON)))
    said = build.row(
        "select count(*) as deals, sum(revenue_rc) as revenue_rc from marts.fct_deals "
        "where is_won and outcome_date between '2026-03-01' and '2026-08-31'"
    )
    assert number(shown["Deals"]) == number(shown["Deals won"]) == said["deals"] > 10
    assert number(shown["Revenue"]) == round(said["revenue_rc"])


def test_the_best_deals_are_those_of_the_published_rule(look, build):
    drawn = deal_journal.draw(look(WON))
    said = build.rows("from reports.top_deals('2026-03-01', '2026-08-31')")
    assert [row[0] for row in table_rows(drawn, "best")] == [row["deal_id"] for row in said]


def test_the_grid_is_sorted_and_cut_by_the_database(look, build):
    asked = {
        "startRow": 5,
        "endRow": 15,
        "sortModel": [{"colId": "amount_rc", "sort": "desc"}],
    }
    found = deal_journal.grid_rows(look(DAYS), asked)
    said = build.rows(
        "select deal_id from marts.fct_deals where created_date between '2026-03-01' and "
        "'2026-08-31' order by amount_rc desc nulls last, created_date desc, deal_id "
        "limit 10 offset 5"
    )
    assert [row["deal_id"] for row in found["rowData"]] == [row["deal_id"] for row in said]
    assert found["rowCount"] == build.value(
        "select count(*) from marts.fct_deals "
        "where created_date between '2026-03-01' and '2026-08-31'"
    )


def test_a_column_that_the_grid_does_not_have_cannot_be_sorted_by(look):
    asked = {"startRow": 0, "endRow": 1, "sortModel": [{"colId": "1; drop", "sort": "asc"}]}
    assert len(deal_journal.grid_rows(look(DAYS), asked)["rowData"]) == 1


FILTERS = {
    "status=open": "status = 'open'",
    "stage=lost": "stage = 'lost'",
    "source=google": "source = 'google'",
    "employee=u19": "manager_user_id = 'u19'",
    "least=2000": "amount_rc >= 2000",
    "most=900.50&least=500": "amount_rc between 500 and 900.50",
    "tag=wdrożenie": "tags similar to '(.*; *)?wdrożenie( *;.*)?'",
    "product=Call tracking&status=won": "product = 'Call tracking' and is_won",
}


@pytest.mark.parametrize("asked", FILTERS)
def test_a_filter_keeps_the_deals_that_it_says_also_in_the_download(
    look, build, company_settings, asked
):
    visit = look(f"{DAYS}&{asked}")
    said = build.rows(
        f"select deal_id from marts.fct_deals where {FILTERS[asked]} "
        "and created_date between '2026-03-01' and '2026-08-31' order by created_date, deal_id"
    )
    ids = [row["deal_id"] for row in said]
    assert ids
    assert number(cards(deal_journal.draw(visit))["Deals"]) == len(ids)
    rows = deal_journal.grid_rows(visit, {"startRow": 0, "endRow": 10_000})
    assert sorted(row["deal_id"] for row in rows["rowData"]) == sorted(ids)
    text = deal_journal.download(company_settings, build, visit.view, "csv").decode("utf-8-sig")
    head, *lines = text.splitlines()
    assert [line.partition(",")[0] for line in lines] == ids
    assert head.split(",")[0] == "deal_id"


def test_the_card_of_a_deal_says_where_it_came_from_and_where_it_was(look, build):
    deal = build.row(
        "select * from marts.fct_deals where sessions_before_contact = 3 and is_won "
        "order by deal_id limit 1"
    )
    card = text_of(with_id(deal_journal.draw(look(f"?deal={deal['deal_id']}")), "card"))
    for value in (deal["person_id"], deal["manager_name"], deal["source"], deal["creation_method"]):
        assert value in card
    assert "Sessions before 3 Contact in session 4" in card
    stages = build.rows(
        "select stage from marts.fct_deal_stages where deal_id = ?", deal["deal_id"]
    )
    assert stages
    assert all(row["stage"] in card for row in stages)
    why = build.rows("from trust.why('deal', ?)", deal["deal_id"])
    assert any(row["reason"] in card for row in why if row["is_chosen"])


def test_personal_data_is_in_the_card_only_where_it_is_allowed(company_settings):
    named = (
        "select deal_id, last_name, email from leadhouse_pii.pii.rpt_deal_journal "
        "where last_name is not null and email is not null order by deal_id limit 1"
    )
    allowed = Reader(company_settings.model_copy(update={"pii": 1}))
    deal = allowed.current().row(named)
    view = View.of("/deal-journal", f"?deal={deal['deal_id']}")
    with_names = text_of(draw(allowed, view))
    without = text_of(draw(Reader(company_settings), view))
    assert deal["last_name"] in with_names
    assert deal["email"] in with_names
    assert deal["email"] not in without
    assert deal["last_name"] not in without


def test_the_download_has_every_column_of_the_journal(look, build, company_settings):
    text = deal_journal.download(company_settings, build, look(WON).view, "csv")
    with open_published(company_settings) as con:
        columns = choose_table(con, "deal-journal").columns
    head = text.decode("utf-8-sig").splitlines()[0].split(",")
    assert head == [header_of(column, company_settings.timezone) for column in columns]


# --- channels and return -----------------------------------------------------------------------


def test_the_return_is_that_of_the_channels_days_at_every_depth(look, build):
    sums = (
        "select {name} as name, sum(spend_rc) as spend_rc, sum(leads) as leads, "
        "sum(deals_won) as deals_won, sum(clients) as clients, sum(revenue_rc) as revenue_rc "
        "from reports.channel_return('2026-03-01', '2026-08-31') where {where} group by 1"
    )
    for asked, name, where in (
        ("", "channel", "true"),
        ("&channel=Social networks", "source", "channel = 'Social networks'"),
        (
            "&channel=Social networks&source=facebook",
            "coalesce(medium, '(none)')",
            "channel = 'Social networks' and source = 'facebook'",
        ),
        (
            "&channel=Social networks&source=facebook&medium=paid_social",
            "coalesce(campaign, '(none)')",
            "channel = 'Social networks' and source = 'facebook' and medium = 'paid_social'",
        ),
    ):
        said = {row["name"]: row for row in build.rows(sums.format(name=name, where=where))}
        whole, *rows = table_rows(channels.draw(look(DAYS + asked)), "return")
        assert {row[0] for row in rows} == set(said)
        for row in rows:
            shown = [number(cell) for cell in row[1:6]]
            assert shown == [round(value) for value in list(said[row[0]].values())[1:]], row
            spend, leads = said[row[0]]["spend_rc"], said[row[0]]["leads"]
            assert number(row[6]) == (round(float(spend) / leads, 2) if leads else None)
        assert number(whole[2]) == sum(row["leads"] for row in said.values())


def test_every_model_shares_the_same_revenue(look, build):
    rows = table_rows(channels.draw(look(DAYS)), "models")
    won = build.value(
        "select sum(revenue_rc) from marts.fct_deals "
        "where is_won and outcome_date between '2026-03-01' and '2026-08-31'"
    )
    for column in range(1, len(rows[0])):
        shared = sum(number(row[column]) or 0 for row in rows)
        assert shared == pytest.approx(float(won), abs=len(rows)), column


# --- funnel ------------------------------------------------------------------------------------

FUNNEL = f"{DAYS}&pipeline=Sprzedaż"


def test_the_stages_are_those_of_the_published_rule(look, build):
    visit = look(FUNNEL)
    said = build.rows("from reports.funnel('2026-03-01', '2026-08-31', 'Sprzedaż')")
    assert [row[:5] for row in table_rows(funnel.draw(visit), "stages")] == [
        [
            row["stage"],
            *(
                visit.words.number(row[name])
                for name in ("deals_entered", "deals_reached", "deals_now", "deals_lost_here")
            ),
        ]
        for row in said
    ]


@pytest.mark.parametrize("more", ["", "&employee=u14", "&source=facebook"])
def test_every_number_of_the_funnel_opens_as_many_deals(look, more):
    opened = openings(funnel.draw(look(FUNNEL + more)))
    assert len(opened) > 5
    for said, view in opened:
        count = with_id(funnel.draw(look(view.search())), "behind-count")
        assert number(text_of(count)) == number(said), view


# --- data health -------------------------------------------------------------------------------


def test_the_health_page_shows_what_trust_says(look, build):
    drawn = health.draw(look())
    refused = build.value("select count(*) from trust.rpt_quarantine")
    assert sum(number(row[-1]) for row in table_rows(drawn, "quarantine")) == refused > 0
    checks = table_rows(drawn, "reconciliation")
    assert all(row[1] == row[2] for row in checks)
    assert sum(number(row[1]) for row in checks) == build.value(
        "select count(*) from trust.rpt_reconciliation"
    )
    late = build.value("select count(*) from trust.rpt_source_freshness where is_late")
    assert sum(row[4] == "yes" for row in table_rows(drawn, "freshness")) == late


@pytest.fixture(scope="module")
def changed(demo_company, tmp_path_factory):
    """A build with what the demo company does not have: changes, and an alert that is over."""
    home = tmp_path_factory.mktemp("changed")
    settings = load_settings({"LEADHOUSE_HOME": str(home), "LEADHOUSE_PII_KEY": "none"})
    folder = settings.builds_dir / "000009-x"
    folder.mkdir(parents=True)
    for name in ("leadhouse.duckdb", "leadhouse_pii.duckdb"):
        shutil.copyfile(demo_company / "published" / "builds" / "current" / name, folder / name)
    settings.current_link.symlink_to("000009-x")
    with duckdb.connect(folder / "leadhouse.duckdb") as con:
        con.execute(
            "insert into trust.rpt_restatements by name select * from (values "
            "('reports.rpt_funnel', 'stage: won', 'deals_now', '4', '5', 1, 'late delivery', "
            "'deals.csv'), ('reports.rpt_funnel', 'stage: new', 'deals_now', '9', '2', -7, "
            "'late delivery', 'deals.csv')) as cells (table_name, key, \"column\", old_value, "
            "new_value, difference, cause, evidence)"
        )
        con.execute(
            "insert into trust.rpt_alerts by name select 'a_rule_of_before' as rule, 'error' as "
            "severity, last_seen as first_seen, last_seen, last_seen as resolved_at "
            "from trust.rpt_alerts"
        )
        con.execute(
            "update marts.fct_calls set call_count = 3 where call_id = (select min(call_id) "
            "from marts.fct_calls where direction = 'out' and not is_internal "
            "and user_id is not null and started_date between '2026-03-01' and '2026-08-31')"
        )
        con.execute(
            "update reports.rpt_calls as cells set calls = facts.calls from (select started_date, "
            "user_id, coalesce(team, '(none)') as team, sum(call_count) as calls "
            "from marts.fct_calls where direction = 'out' and not is_internal group by all) "
            "as facts where cells.direction = 'out' and cells.date_day = facts.started_date "
            "and cells.user_id = facts.user_id and cells.team = facts.team"
        )
    return Reader(settings).current()


def test_what_a_build_changed_is_told_cell_by_cell_with_its_cause(changed):
    drawn = health.draw(Visit(changed, View.of("/data-health", ""), languages()["en"]))
    assert table_rows(drawn, "changes") == [
        ["reports.rpt_funnel", "late delivery", "deals.csv", "2"]
    ]
    assert [row[1:5] + row[6:] for row in table_rows(drawn, "cells")] == [
        ["stage: new", "deals_now", "9", "2", "−7"],
        ["stage: won", "deals_now", "4", "5", "1"],
    ]


def test_alerts_that_last_stand_first(changed, build):
    drawn = health.draw(Visit(changed, View.of("/data-health", ""), languages()["en"]))
    lasting, over = table_rows(drawn, "alerts")
    said = build.row("from trust.rpt_alerts")
    assert (lasting[0], lasting[5], number(lasting[6])) == (
        said["rule"],
        "–",
        round(said["value"], 3),
    )
    assert (over[0], over[5]) == ("a_rule_of_before", lasting[4])


def test_calls_that_a_vendor_groups_are_counted_in_the_list_as_on_the_page(changed):
    drawn = calls.draw(Visit(changed, View.of("/", DAYS), languages()["en"]))
    asked = [(said, view) for said, view in openings(drawn) if view.get("show") == "calls_out"]
    (whole, view), *_ = asked
    rows = changed.value(
        "select count(*) from marts.fct_calls where direction = 'out' and not is_internal "
        "and started_date between '2026-03-01' and '2026-08-31'"
    )
    listed = calls.draw(Visit(changed, view, languages()["en"]))
    assert number(text_of(with_id(listed, "behind-count"))) == number(whole) == rows + 2
