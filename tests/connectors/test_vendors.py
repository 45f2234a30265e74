"""Every vendor: what it gives lands, whatever its pages and whenever a pull is killed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingestion.connectors.client import ATTEMPTS
from ingestion.connectors.extract import look, open_client
from ingestion.connectors.vendor import BEFORE
from leadhouse.errors import LeadhouseError
from leadhouse.paths import PROJECT_ROOT
from tests.connectors.company import Killed, dialect_of
from tests.connectors.server import Reply

PAYLOADS = PROJECT_ROOT.parent / "shared" / "data" / "payloads"


def test_what_a_vendor_gives_lands_as_its_entities(pulling, vendor):
    with pulling(vendor) as company:
        company.pull()
    results = company.land()
    assert [result.error for result in results if result.error] == []
    assert company.quarantine() == []
    assert {name for result in results for name in result.unknown_columns} == set()
    assert company.counted() == dialect_of(vendor).LANDS
    systems = company.query(
        "select distinct _source_system from raw.calls union select distinct _source_system "
        "from raw.deals"
    )
    assert systems in ([(vendor,)], [])


def test_any_page_size_gives_the_same_lines(pulling, vendor):
    seen = []
    for size in (1, 5, 200):
        with pulling(vendor, page=size) as company:
            company.pull()
            seen.append(company.lines())
    assert seen[0] == seen[1] == seen[2]


def test_a_pull_that_is_killed_anywhere_goes_on_and_gives_the_same_lines(pulling, vendor):
    with pulling(vendor, number=5, page=2) as company:
        company.pull()
        whole, asked = company.lines(), len(company.server.log)
    step = max(1, asked // 8)
    for at in range(0, 2 * asked, step):
        with pulling(vendor, number=5, page=2) as company:
            company.dies_at = at
            with pytest.raises(Killed):
                company.pull()
            half = {path.name for path in company.drop.rglob("*") if path.is_file()}
            assert half <= set(whole)
            company.dies_at = None
            company.pull()
            assert company.lines() == whole


def test_a_killed_pull_does_not_ask_again_for_what_it_has(pulling):
    with pulling("amocrm", page=1) as company:
        company.dies_at = 2 * 9 + 1
        with pytest.raises(Killed):
            company.pull(["contacts"])
        before = len(company.server.log)
        company.dies_at = None
        company.pull(["contacts"])
        pages = [int(each.params["page"]) for each in company.server.log[before:] if each.params]
        assert before > 8
        assert min(pages) > 6
        assert len(company.records("contacts")) == 12


def test_a_pull_goes_on_where_the_last_one_ended_with_the_days_that_may_change(pulling):
    with pulling("calltouch") as company:
        company.pull()
        company.server.log.clear()
        company.pull(["calls"], today=date(2024, 2, 20))
    first = company.server.log[0].params
    assert (first["dateFrom"], first["dateTo"]) == ("01/02/2024", "20/02/2024")
    with pulling("calltouch") as company:
        company.pull(["calls"], today=date(2024, 2, 20))
        company.server.log.clear()
        company.pull(["calls"], today=date(2024, 2, 21))
    assert company.server.log[0].params["dateFrom"] == "10/02/2024"


def test_a_list_is_delivered_when_it_changed(pulling):
    with pulling("amocrm") as company:
        company.pull(["users", "pipelines"])
        company.pull(["users", "pipelines"], today=date(2024, 2, 5))
        assert company.lines(date(2024, 2, 5)) == {}
        company.server.dialect.tables["users"][0]["name"] = "Moritz"
        company.pull(["users", "pipelines"], today=date(2024, 2, 6))
        assert list(company.lines(date(2024, 2, 6))) == ["amocrm_users-main.jsonl.gz"]


def test_a_record_that_changes_between_pages_is_read_as_it_is_then(pulling):
    with pulling("amocrm", page=3) as company:
        leads = company.server.dialect.tables["leads"]

        def change(_request):
            leads[0] |= {"price": 4711, "updated_at": int(datetime(2024, 2, 4, 9).timestamp())}

        company.server.script = [None, None, change]
        company.pull(["leads"])
        company.pull(["leads"], today=date(2024, 2, 5))
    company.land()
    found = company.query(
        "select amount from raw.deals where deal_id = '100' and not _fills "
        "order by _delivery_date desc, _row_number desc limit 1"
    )
    assert found == [("4711",)]
    assert company.counted()["deals"] == 12


def changed_by_hand(owner: str, dialect) -> None:
    """Another owner, and no tag any more, of the first contact; the second changed otherwise."""
    at = datetime(2024, 2, 5, 9, tzinfo=UTC)
    if owner == "bitrix24":
        contacts = dialect.tables["crm.contact.list"][0]
        moment, changes = {"DATE_MODIFY": at.isoformat()}, {"ASSIGNED_BY_ID": "7"}
    else:
        contacts = dialect.contacts
        moment = {"modifiedOn": int(at.timestamp() * 1000)}
        changes = {"mainContactOwner": "ann@b.example", "contactTags": []}
    contacts[0] |= moment | changes
    contacts[1] |= moment


COMPARED = {
    "bitrix24": ({("6", "7", "snapshot_diff")}, set()),
    "salesmanago": (
        {("main@b.example", "ann@b.example", "snapshot_diff")},
        {("SEED", "remove", "snapshot_diff")},
    ),
}


@pytest.mark.parametrize("owner", COMPARED)
def test_changes_without_a_history_are_found_by_comparing_two_pulls(pulling, owner):
    days = [date(2024, 2, day) for day in (4, 5, 6)]
    with pulling(owner, number=3, page=1) as company:
        company.pull(["contacts"], today=days[0])
        changed_by_hand(owner, company.server.dialect)
        company.dies_at = 5
        with pytest.raises(Killed):
            company.pull(["contacts"], today=days[1])
        company.dies_at = None
        company.pull(["contacts"], today=days[1])
        assert [result.error for result in company.land() if result.error] == []
        once = set().union(*company.lines(days[1]).values())
        # Called again, a day is compared with the days before it, and a change is told once.
        company.pull(["contacts"], today=days[1])
        assert set().union(*company.lines(days[1]).values()) == once
        company.pull(["contacts"], today=days[2])
        assert [each for each in company.records("contacts", days[2]) if BEFORE in str(each)] == []
    assert company.quarantine() == []
    owners, tags = COMPARED[owner]
    found = company.query(
        "select from_user_id, to_user_id, detection, occurred_at from raw.contact_owners"
    )
    assert {row[:3] for row in found} == owners
    gone = company.query(
        "select tag, action, detection, occurred_at from raw.contact_tags where action = 'remove'"
    )
    assert {row[:3] for row in gone} == tags
    moments = {row[3][:16].replace("T", " ") for row in found + gone}
    assert moments == {"2024-02-05 09:00"}


def test_a_query_of_hubspot_that_would_reach_the_ceiling_is_cut_by_ids(pulling):
    with pulling("hubspot", page=2, ceiling=4) as company:
        company.pull(["contacts"])
        assert len(company.records("contacts")) == 12


@pytest.mark.parametrize("owner", ["calltouch", "zadarma"])
def test_a_duplicate_across_pages_is_one_row_of_its_entity(pulling, owner):
    with pulling(owner, page=2) as company:
        calls = company.server.dialect.calls
        calls.insert(3, calls[0])
        company.pull(["calls"])
    company.land()
    assert company.counted() == {"calls": 12}


def test_nothing_secret_is_written_or_said_anywhere(pulling, vendor, caplog):
    caplog.set_level(0)
    with pulling(vendor) as company:
        if not company.account.secrets:
            pytest.skip("what is public needs no secret")
        hidden = [value for value in company.server.dialect.environ.values() if "hidden" in value]
        said = " ".join(hidden)
        signed_in = "refresh_token" in company.account.secrets
        company.server.script = [*[None] * signed_in, Reply(503, said), Reply(400, {"echo": said})]
        with pytest.raises(LeadhouseError) as failed:
            company.pull()
        company.pull()
    texts = [str(failed.value), caplog.text, *map(str, company.lines().values())]
    kept = [path for path in company.settings.home.rglob("*") if path.is_file()]
    texts += [path.read_text("latin-1") for path in kept if path.name != "tokens.json"]
    assert hidden
    assert [secret for secret in hidden for text in texts if secret in text] == []


def test_one_harmless_call_says_what_the_account_can_see(pulling, vendor):
    with pulling(vendor) as company:
        assert look(company.settings, company.account)
        assert not (company.drop / "2024-02-04").exists()


def test_a_refresh_token_is_kept_before_the_new_access_token_is_used(pulling):
    with pulling("amocrm") as company:
        kept = company.settings.extracts_dir / "amocrm" / "main" / "tokens.json"
        seen = []

        def look_at_tokens(_request):
            seen.append(json.loads(kept.read_text())["refresh_token"])

        company.server.script = [None, look_at_tokens]
        company.pull(["users"])
        assert seen == ["refresh-1"]
        assert kept.stat().st_mode & 0o077 == 0
        company.server.dialect.access = "access-expired-meanwhile"
        company.pull(["leads"])
        assert json.loads(kept.read_text())["refresh_token"] == "refresh-2"
        assert company.server.dialect.issued == 2


def test_a_refresh_token_that_was_used_before_is_refused_with_what_to_do(pulling):
    with pulling("amocrm") as company:
        company.server.dialect.refresh = "refresh-of-somebody-else"
        with pytest.raises(LeadhouseError, match=r"amocrm\.main.*/oauth2/access_token: status 400"):
            company.pull(["users"])


@pytest.mark.parametrize(
    ("owner", "fault", "wait"),
    [
        ("bitrix24", Reply(429, {"error": "OPERATION_TIME_LIMIT"}), 600),
        ("meta_ads", Reply(400, {"error": {"code": 17, "message": "too many calls"}}), 60),
    ],
)
def test_a_vendors_own_limit_is_waited_for_as_long_as_it_holds(pulling, owner, fault, wait):
    with pulling(owner) as company:
        company.server.script = [fault]
        company.pull([company.account.streams[0]])
    assert wait in company.waits


@pytest.mark.parametrize(
    ("owner", "said", "told"),
    [
        ("bitrix24", {"error": "ACCESS_DENIED"}, r"ACCESS_DENIED\. Check the webhook"),
        ("salesmanago", {"success": False, "message": ["No such user"]}, "No such user. Check the"),
        ("zadarma", {"status": "error", "message": "Wrong date"}, "Wrong date. Check the key"),
    ],
)
def test_an_error_in_an_answer_with_status_200_is_one(pulling, owner, said, told):
    with pulling(owner) as company:
        company.server.script = [Reply(200, said)]
        with pytest.raises(LeadhouseError, match=f"stream users, .* {told}"):
            company.pull(["users"])


def test_a_report_in_the_vendors_queue_is_asked_for_when_it_says_so(pulling):
    with pulling("yandex_direct") as company:
        company.pull()
    assert company.waits.count(20) == 2
    names = {each.json["params"]["ReportName"] for each in company.server.log}
    assert (len(company.server.log), len(names)) == (3, 1)


def test_rates_are_those_of_the_reporting_currency(pulling):
    with pulling("ecb") as company:
        # The bank's day is the latest line of the file, and rates are for one euro.
        company.server.dialect.lines = ["Date,USD,PLN,SEK,", "2024-02-02,1.25,4.5,N/A,"]
        company.pull()
        assert [each["rates"] for each in company.records("rates")] == [
            {"date": "2024-02-02", "currency": "USD", "rate": "0.800000000000", "source": "ecb"},
            {"date": "2024-02-02", "currency": "PLN", "rate": "0.222222222222", "source": "ecb"},
        ]
        company.account = replace(company.account, currency="PLN")
        with pytest.raises(LeadhouseError, match=r"reporting currency is EUR\. Write EUR in conn"):
            company.pull(today=date(2024, 2, 5))
        company.settings = company.settings.model_copy(update={"currency": "PLN"})
        company.pull(today=date(2024, 2, 5))
        assert [each["rates"] for each in company.records("rates", date(2024, 2, 5))] == [
            {"date": "2024-02-02", "currency": "EUR", "rate": "4.500000000000", "source": "ecb"},
            {"date": "2024-02-02", "currency": "USD", "rate": "3.600000000000", "source": "ecb"},
        ]
        company.account = replace(company.account, currency="SEK")
        company.settings = company.settings.model_copy(update={"currency": "SEK"})
        with pytest.raises(LeadhouseError, match=r"has no rate of SEK on 2024-02-02\. Pull later"):
            company.pull(today=date(2024, 2, 6))


@pytest.mark.parametrize("fault", [Reply(503), Reply(content="<html>moved</html>")])
def test_rates_of_the_package_serve_where_the_bank_does_not_answer(pulling, fault):
    with pulling("ecb") as company:
        company.server.script = [fault] * ATTEMPTS
        company.pull()
    rates = [each["rates"] for each in company.records("rates")]
    assert {each["source"] for each in rates} == {"ecb_package"}
    # A euro was 1.0814 dollars and 4.3373 złoty on 1 February 2024.
    shown = {each["currency"]: each["rate"] for each in rates if each["date"] == "2024-02-01"}
    assert (shown["USD"], shown["PLN"]) == ("0.924727205474", "0.230558181357")


def test_a_variable_that_is_not_set_is_named(pulling, monkeypatch):
    with pulling("hubspot") as company:
        monkeypatch.delenv("HUB_TOKEN")
        with (
            pytest.raises(LeadhouseError, match=r"hubspot\.main: .* not set: HUB_TOKEN"),
            open_client(company.settings, company.account),
        ):
            pass


@pytest.mark.real_data
@pytest.mark.skipif(not PAYLOADS.exists(), reason="the payloads (../shared) are not here")
@pytest.mark.parametrize(
    ("owner", "stream", "payload", "lands"),
    [
        ("amocrm", "leads", "amocrm/leads_page.synthetic.json", {"deals": 1, "deal_contacts": 1}),
        (
            *("amocrm", "events", "amocrm/events_page.synthetic.json"),
            {"deal_stages": 1, "contact_tags": 1},
        ),
        ("calltouch", "calls", "calltouch/calls_page.synthetic.json", {"calls": 1}),
        ("google_ads", "spend", "google_ads/search_stream.synthetic.json", {"ad_spend": 1}),
        ("meta_ads", "spend", "meta_ads/insights.synthetic.json", {"ad_spend": 1}),
        ("bitrix24", "users", "bitrix24/user.get.json", {"users": 2}),
        ("bitrix24", "stages", "bitrix24/crm.status.list.json", {"pipeline_stages": 8}),
        ("bitrix24", "companies", "bitrix24/crm.company.list.json", {"accounts": 1}),
        ("bitrix24", "contacts", "bitrix24/crm.contact.list.json", {"contacts": 5}),
        ("bitrix24", "deals", "bitrix24/crm.deal.list.json", {"deals": 6}),
        ("bitrix24", "stagehistory", "bitrix24/crm.stagehistory.list.json", {"deal_stages": 1}),
        ("bitrix24", "tasks", "bitrix24/tasks.task.list.json", {"tasks": 1}),
        ("bitrix24", "calls", "bitrix24/voximplant.statistic.get.json", {"calls": 2}),
        ("zadarma", "calls", "zadarma/statistics_pbx.synthetic.json", {"calls": 1}),
        (
            *("salesmanago", "contacts", "salesmanago/contact_list_response.json"),
            {"contacts": 1, "contact_tags": 2},
        ),
    ],
)
def test_a_payload_as_it_comes_is_pulled_and_lands(pulling, owner, stream, payload, lands):
    content = json.loads(Path(PAYLOADS / payload).read_text())
    # Official examples have the answer beside the method that gives it.
    official = isinstance(content, dict) and "resultExample" in content
    answer = Reply(content=content["resultExample"] if official else content)
    empty = Reply(204)
    with pulling(owner) as company:
        signed_in = "refresh_token" in company.account.secrets
        before = [None] * signed_in
        if owner == "salesmanago":
            # Its contacts come by the ids that another list has.
            ids = [{"id": each["id"]} for each in content["contacts"]]
            before = [Reply(content={"modifiedContacts": ids})]
        company.server.script = [*before, answer] + [empty] * 3
        company.pull([stream], (date(2026, 3, 20), None), date(2026, 4, 4))
    assert [result.error for result in company.land() if result.error] == []
    assert company.quarantine() == []
    assert company.counted() == lands


@pytest.mark.real_data
@pytest.mark.skipif(not PAYLOADS.exists(), reason="the payloads (../shared) are not here")
@pytest.mark.parametrize(
    ("kind", "payload", "lands"),
    [
        ("deals", "mock_deals_data.json", {"deals": 2}),
        ("contacts", "mock_contacts_data.json", {"contacts": 2}),
        ("contacts", "mock_contacts_with_history.json", None),
    ],
)
def test_payloads_of_hubspot_are_pulled_and_land(pulling, kind, payload, lands):
    page = json.loads((PAYLOADS / "hubspot" / payload).read_text())
    with pulling("hubspot", objects={kind: page["results"]}, links={}, archived={}) as company:
        company.server.dialect.keeps = lambda each, rule: (
            rule["propertyName"] != "hs_object_id" or int(each["id"]) > int(rule["value"])
        )
        company.pull([kind])
    day = company.drop / "2024-02-04"
    day.rename(company.drop / "2026-02-04")
    assert [result.error for result in company.land() if result.error] == []
    assert company.quarantine() == []
    found = company.counted()
    assert found == lands if lands else found["contacts"] == len(page["results"])
