"""The ready mappings of vendors' exports: a small file of each shape lands as it should.

What connectors pull lands in tests/connectors.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingestion.connectors.vendors import VENDORS
from ingestion.inventory import read_all_mappings
from leadhouse.paths import PROJECT_ROOT

pytestmark = pytest.mark.slow

PAYLOADS = PROJECT_ROOT.parent / "shared" / "data" / "payloads"
UNIX = 1706781600
"""2024-02-01 10:00 UTC."""
AT = "2024-02-01 10:00:00"


def page(path, *records):
    """A page of an interface: the records under a path of keys."""
    content = list(records)
    for key in reversed(path.split(".")):
        content = {key: content}
    return json.dumps(content, ensure_ascii=False)


def hubspot(number, stage, **more):
    properties = {
        "createdate": "2024-02-01T10:00:00.123Z",
        "dealstage": stage,
        "pipeline": "default",
    }
    return {"id": number, "archived": False, "properties": properties | more}


def call(direction, answered, **more):
    return {
        "id": f"CAL{direction}{answered}",
        "start_time": "2024-02-01T11:00:00.000+01:00",
        "direction": direction,
        "answered": answered,
        "voicemail": False,
        "duration": 30,
        "customer_phone_number": "+15550100",
        "tracking_phone_number": "+15550199",
    } | more


LEAD = {
    **{"id": 48, "name": "x", "price": 289, "status_id": 142, "pipeline_id": 11},
    **{"responsible_user_id": 7, "is_deleted": False, "created_at": UNIX, "closed_at": UNIX},
    "_embedded": {"contacts": [{"id": 99, "is_main": True}, {"id": 98}], "tags": []},
}
EVENT = {"entity_id": 48, "entity_type": "lead", "created_by": 7, "created_at": UNIX}
TAG = EVENT | {"entity_type": "contact", "value_before": []}
SHAPES = {
    "hubspot_deals.json": (
        page(
            "results",
            hubspot("1", "closedwon", amount="500", closedate="2024-02-02T00:00:00Z"),
            hubspot("2", "closedlost")
            | {"associations": {"companies": {"results": [{"id": "31"}]}}},
            hubspot("3", "4711", hs_is_closed_won="true", deal_currency_code="EUR"),
            hubspot("4", "qualified", closedate="2024-06-02T00:00:00Z"),
        ),
        {
            "deals deal_id status amount currency closed_at account_id": [
                ("1", "won", "500", None, None, None),
                ("1", None, None, None, "2024-02-02T00:00:00Z", None),
                ("2", "lost", None, None, None, "31"),
                ("2", None, None, None, None, None),
                ("3", "won", None, "EUR", None, None),
                ("3", None, None, None, None, None),
                ("4", "open", None, None, None, None),
            ]
        },
    ),
    "hubspot_contacts-1.json": (
        page(
            "results",
            hubspot(
                *("7", ""),
                email="a@b.example",
                hs_analytics_source="PAID_SEARCH",
                associatedcompanyid="31",
            ),
        ),
        {
            "contacts contact_id email lead_source is_deleted account_id": [
                ("7", "a@b.example", "PAID_SEARCH", "false", "31")
            ]
        },
    ),
    "hubspot_contacts.csv": (
        "Record ID,First Name,Last Name,Email,Phone Number,Create Date,Original Traffic Source,"
        "Primary Associated Company ID\n"
        "7,Ann,Nowak,a@b.example,600,2024-02-01 10:00,Organic Search,31\n",
        {
            "contacts contact_id last_name phone lead_source account_id": [
                ("7", "Nowak", "600", "Organic Search", "31")
            ]
        },
    ),
    "hubspot_deals.csv": (
        "Record ID,Deal Name,Deal Stage,Pipeline,Close Date,Create Date,Amount,Deal owner,"
        "Associated Company IDs\n"
        '1,x,Closed Won,Sales,2024-02-02 10:00,2024-02-01 10:00,"1,200.50",Ann,31\n'
        "2,y,Call,Sales,2024-06-02 10:00,2024-02-01 10:00,,Ann,\n",
        {
            "deals deal_id status amount closed_at account_id": [
                ("1", "won", "1200.50", None, "31"),
                ("1", None, None, "2024-02-02 10:00", None),
                ("2", "open", None, None, None),
            ]
        },
    ),
    "salesforce_opportunities.csv": (
        '"ID","NAME","STAGENAME","AMOUNT","CLOSEDATE","CREATEDDATE","OWNERID","ISWON","ISCLOSED",'
        '"ACCOUNTID"\n'
        '"006A","x","Closed Won","10.5","2024-02-02","2024-02-01T10:00:00.000+0000",'
        '"005","true","true","001A"\n'
        '"006B","y","Proposal","7","2024-06-02","2024-02-01T10:00:00.000Z","005","false","false",""'
        "\n",
        {
            "deals deal_id status stage amount closed_at account_id": [
                ("006A", "won", "Closed Won", "10.5", None, "001A"),
                ("006A", None, None, None, "2024-02-02", None),
                ("006B", "open", "Proposal", "7", None, None),
            ]
        },
    ),
    "salesforce_opportunities.json": (
        page(
            "records",
            {
                **{"Id": "006A", "StageName": "Closed Lost", "Name": "x", "OwnerId": "005"},
                "CreatedDate": "2024-02-01T10:00:00.000+0000",
            },
        ),
        {"deals deal_id status pipeline": [("006A", "lost", "sales"), ("006A", None, None)]},
    ),
    "salesforce_opportunity_history.json": (
        page(
            "records",
            {
                "OpportunityId": "006A",
                "StageName": "Call",
                "CreatedDate": "2024-02-01T10:00:00.000+0000",
            },
        ),
        {"deal_stages deal_id stage pipeline": [("006A", "Call", "sales")]},
    ),
    "sf_contacts.csv": (
        "Id,FirstName,LastName,Email,Phone,CreatedDate,LeadSource,IsDeleted,AccountId\n"
        "003A,Ann,Nowak,a@b.example,600,2024-02-01T10:00:00.000Z,Web,false,001A\n",
        {
            "contacts contact_id last_name lead_source account_id": [
                ("003A", "Nowak", "Web", "001A")
            ]
        },
    ),
    "pipedrive_deals.json": (
        page(
            "data",
            {
                **{"id": 1, "status": "won", "add_time": AT, "close_time": AT, "value": 10.5},
                **{"currency": "EUR", "pipeline_id": 2, "stage_id": 3, "user_id": {"id": 8}},
                "person_id": {"value": 9, "name": "Ann"},
                "org_id": {"value": 4, "name": "Acme"},
            },
            {
                "id": 2,
                "status": "open",
                "add_time": AT,
                "pipeline_id": 2,
                "user_id": 8,
                "person_id": 9,
                "org_id": 4,
            },
        ),
        {
            "deals deal_id status contact_id account_id owner_user_id amount closed_at": [
                ("1", "won", "9", "4", "8", "10.5", "2024-02-01 10:00:00+00"),
                ("2", "open", "9", "4", "8", None, None),
            ]
        },
    ),
    "pipedrive_persons.json": (
        page(
            "data",
            {
                **{"id": 9, "first_name": "Ann", "last_name": "Nowak", "add_time": AT},
                **{"email": [{"value": "a@b.example"}], "active_flag": True},
                "phone": [{"value": "600100200"}, {"value": ""}, {"value": "600100201"}],
                "org_id": {"value": 4, "name": "Acme"},
            },
        ),
        {
            "contacts contact_id email phone is_deleted account_id": [
                ("9", "a@b.example", "600100200; 600100201", "false", "4")
            ]
        },
    ),
    "pipedrive_stages.json": (
        page("data", {"id": 3, "pipeline_id": 2, "order_nr": 1, "deal_probability": 40}),
        {"pipeline_stages pipeline stage position probability": [("2", "3", "1", "0.4")]},
    ),
    "pipedrive_deals.csv": (
        "Deal - ID,Deal - Title,Deal - Value,Deal - Currency,Deal - Status,Deal - Pipeline,"
        "Deal - Deal created,Deal - Won time,Deal - Organization ID\n"
        f'1,x,"1,000",EUR,Won,Sales,{AT},{AT},4\n2,y,,EUR,Open,Sales,{AT},,\n',
        {
            "deals deal_id status amount closed_at account_id": [
                ("1", "won", "1000", AT, "4"),
                ("2", "open", None, None, None),
            ]
        },
    ),
    "amocrm_leads.json": (
        page("_embedded.leads", LEAD, LEAD | {"id": 49, "status_id": 5, "closed_at": None}),
        {
            "deals deal_id status contact_id amount closed_at": [
                ("48", "won", "99", "289", "2024-02-01T10:00:00.000000Z"),
                ("49", "open", "99", "289", None),
            ],
            "deal_contacts deal_id contact_id is_primary": [
                *[
                    ("48", "99", "true"),
                    ("48", "98", None),
                    ("49", "99", "true"),
                    ("49", "98", None),
                ]
            ],
        },
    ),
    "amocrm_events.json": (
        page(
            "_embedded.events",
            EVENT
            | {
                "type": "lead_status_changed",
                "value_after": [{"lead_status": {"id": 22, "pipeline_id": 11}}],
            },
            TAG
            | {
                "type": "entity_responsible_changed",
                "value_before": [{"responsible_user": {"id": 7}}],
                "value_after": [{"responsible_user": {"id": 9}}],
            },
            TAG | {"type": "entity_tag_added", "value_after": [{"tag": {"name": "VIP"}}]},
            TAG
            | {
                "type": "entity_tag_deleted",
                "value_before": [{"tag": {"name": "VIP"}}],
                "value_after": [],
            },
        ),
        {
            "deal_stages deal_id pipeline stage actor_user_id": [("48", "11", "22", "7")],
            "contact_owners contact_id from_user_id to_user_id": [("48", "7", "9")],
            "contact_tags contact_id tag action": [("48", "VIP", "add"), ("48", "VIP", "remove")],
        },
    ),
    "amocrm_leads.csv": (
        "ID;Название сделки;Бюджет;Ответственный;Дата создания сделки;Этап сделки;Воронка;"
        "Дата закрытия;utm_source\n"
        "48;x;1 200;Анна;01.02.2024 10:00:00;Успешно реализовано;Продажи;"
        "02.02.2024 10:00:00;yandex\n"
        "49;y;;Анна;01.02.2024 10:00;Переговоры;Продажи;не закрыта;\n",
        {
            "deals deal_id status amount closed_at source": [
                ("48", "won", "1200", "2024-02-02 10:00:00", "yandex"),
                ("49", "open", None, None, None),
            ]
        },
    ),
    "bitrix24_deals.json": (
        page(
            "result",
            {
                **{"ID": "37", "STAGE_ID": "C1:WON", "STAGE_SEMANTIC_ID": "S", "CATEGORY_ID": "1"},
                **{"OPPORTUNITY": "19.99", "CURRENCY_ID": "RUB", "CONTACT_ID": "0", "CLOSED": "Y"},
                **{
                    "DATE_CREATE": "2024-02-01T10:00:00+03:00",
                    "CLOSEDATE": "2024-02-03T00:00:00+03:00",
                },
            },
            {
                "ID": "38",
                "STAGE_ID": "NEW",
                "DATE_CREATE": "2024-02-01T10:00:00+03:00",
                "CONTACT_ID": "5",
                "COMPANY_ID": "12",
            },
        ),
        {
            "deals deal_id status pipeline contact_id amount closed_at account_id": [
                ("37", "won", "1", None, "19.99", None, None),
                ("37", None, None, None, None, "2024-02-03T00:00:00+03:00", None),
                ("38", "open", "0", "5", None, None, "12"),
            ]
        },
    ),
    "bitrix24_deals.csv": (
        "ID;TITLE;STAGE_ID;OPPORTUNITY;CURRENCY_ID;DATE_CREATE;CONTACT_ID;COMPANY_ID;CLOSEDATE\n"
        "37;x;WON;19.99;RUB;2024-02-01T10:00:00+03:00;5;0;2024-02-03T00:00:00+03:00\n",
        {
            "deals deal_id status pipeline contact_id account_id closed_at": [
                ("37", "won", "0", "5", None, None),
                ("37", None, None, None, None, "2024-02-03T00:00:00+03:00"),
            ]
        },
    ),
    "bitrix24_stagehistory.json": (
        page(
            "result.items",
            {
                "OWNER_ID": 21,
                "CATEGORY_ID": 0,
                "STAGE_ID": "NEW",
                "CREATED_TIME": "2024-02-01T10:00:00+00:00",
            },
        ),
        {"deal_stages deal_id pipeline stage": [("21", "0", "NEW")]},
    ),
    "bitrix24_contacts.json": (
        page(
            "result",
            {
                **{"ID": "75", "NAME": "Ann", "LAST_NAME": "Nowak", "ASSIGNED_BY_ID": "6"},
                "EMAIL": [{"VALUE": "a@b.example"}, {"VALUE": "c@d.example"}],
                "DATE_CREATE": "2024-02-01T10:00:00+02:00",
                "COMPANY_ID": "12",
            },
        ),
        {
            "contacts contact_id last_name email phone account_id": [
                ("75", "Nowak", "a@b.example; c@d.example", None, "12")
            ]
        },
    ),
    "bitrix24_calls.json": (
        page(
            "result",
            *[
                {
                    **{
                        "ID": kind,
                        "CALL_ID": f"call{kind}",
                        "CALL_TYPE": kind,
                        "PORTAL_NUMBER": "100",
                    },
                    **{"CALL_START_DATE": "2024-02-01T10:00:00+03:00", "PHONE_NUMBER": "600"},
                    **{"CALL_FAILED_CODE": code, "CALL_DURATION": "5", "CRM_ENTITY_ID": "275"},
                    "CRM_ENTITY_TYPE": owner,
                }
                for kind, code, owner in [("1", "200", "LEAD"), ("2", "304", "CONTACT")]
            ],
        ),
        {
            "calls call_id direction status from_phone to_phone contact_id": [
                ("call1", "out", "answered", "100", "600", None),
                ("call2", "in", "missed", "600", "100", None),
                ("call2", None, None, None, None, "275"),
            ]
        },
    ),
    "google_ads_report-may.csv": (
        '"Campaign report"\n"1 February 2024 - 2 February 2024"\n'
        "Day,Customer ID,Campaign ID,Campaign,Currency code,Impr.,Clicks,Cost\n"
        '2024-02-01,123-456-7890,111,Brand,EUR,"1,500",42,"1,234.56"\n'
        "2024-02-02,123-456-7890,111,Brand,EUR, --,0,0\n"
        'Total: Campaigns, --, --, --, --,"1,500",42,"1,234.56"\n',
        {
            "ad_spend date platform account_id campaign_id impressions cost": [
                ("2024-02-01", "google ads", "123-456-7890", "111", "1500", "1234.56"),
                ("2024-02-02", "google ads", "123-456-7890", "111", None, "0"),
            ]
        },
    ),
    "google_ads_stream.json": (
        "["
        + page(
            "results",
            {
                "customer": {
                    "id": "1234567890",
                    "currencyCode": "USD",
                    "timeZone": "Europe/Warsaw",
                },
                "campaign": {"id": "111", "name": "Brand"},
                "metrics": {"clicks": "42", "costMicros": "123456789"},
                "segments": {"date": "2024-02-01"},
            },
        )
        + "]",
        {
            "ad_spend date account_id campaign cost currency": [
                ("2024-02-01", "1234567890", "Brand", "123.456789", "USD")
            ]
        },
    ),
    "meta_ads_insights.json": (
        page(
            "data",
            {
                **{"date_start": "2024-02-01", "account_id": "12", "account_currency": "EUR"},
                **{
                    "campaign_id": "2385",
                    "campaign_name": "Leads",
                    "ad_id": "7",
                    "spend": "123.45",
                },
                **{"clicks": "320", "inline_link_clicks": "210"},
            },
        ),
        {
            "ad_spend date platform campaign ad_id clicks cost currency": [
                ("2024-02-01", "meta", "Leads", "7", "210", "123.45", "EUR")
            ]
        },
    ),
    "meta_ads_report.csv": (
        "Reporting starts,Reporting ends,Account name,Campaign name,Amount spent (EUR),"
        "Impressions,Link clicks\n2024-02-01,2024-02-01,,,7.5,10,1\n"
        "2024-02-01,2024-02-01,Acme,Leads,7.5,10,1\n",
        {"ad_spend date account_id campaign_id cost": [("2024-02-01", "Acme", "Leads", "7.5")]},
    ),
    "yandex_direct_report.tsv": (
        '"daily (2024-02-01 - 2024-02-01)"\n'
        "Date\tCampaignId\tCampaignName\tAdGroupId\tAdGroupName\tCriterion\tImpressions\tClicks\tCost\n"
        "2024-02-01\t123\tБренд\t--\t--\t---autotargeting\t1500\t42\t1234560000\nTotal rows: 1\n",
        {
            "ad_spend date account_id campaign ad_group keyword cost currency": [
                ("2024-02-01", "direct", "Бренд", None, "---autotargeting", "1234.56", "RUB")
            ]
        },
    ),
    "callrail_calls.json": (
        page(
            "calls",
            call("inbound", True, utm_source="google", keywords="windows"),
            call("inbound", False, voicemail=True),
            call("outbound", False),
        ),
        {
            "calls direction status from_phone to_phone source keyword": [
                ("in", "voicemail", "+15550100", "+15550199", None, None),
                ("in", "answered", "+15550100", "+15550199", "google", "windows"),
                ("out", "missed", "+15550199", "+15550100", None, None),
            ]
        },
    ),
    "calltouch_calls.json": (
        page(
            "records",
            {
                **{"callId": 12, "timestamp": UNIX, "callerNumber": "79990000001", "sessionId": 98},
                **{"phoneNumber": "74950000001", "successful": True, "duration": 185},
                **{"waitingConnect": 7, "utmSource": "yandex", "utmTerm": "<не указано>"},
            },
        ),
        {
            "calls call_id started_at status wait_seconds session_id source keyword": [
                ("12", "2024-02-01T10:00:00.000000Z", "answered", "7", "98", "yandex", None)
            ]
        },
    ),
}


@pytest.mark.parametrize("file", SHAPES)
def test_an_export_of_a_vendor_lands(company, file):
    content, expected = SHAPES[file]
    company.deliver(file, content)
    results = company.land()
    assert [result.error for result in results if result.error] == []
    assert company.quarantine() == []
    landed = {result.target.entity for result in results if result.rows_loaded}
    assert landed == {each.split()[0] for each in expected}
    for said, rows in expected.items():
        entity, *columns = said.split()
        by_id = [columns[0], "_row_number"] if entity != "calls" else ["call_id"]
        found = company.query(
            f"select {', '.join(columns)} from raw.{entity} order by {', '.join(by_id)}, _fills"
        )
        assert found == rows


def test_every_ready_mapping_of_a_vendor_has_its_shape(company):
    mappings = read_all_mappings(company.drop)
    pulled = [
        f"{vendor.name}_{stream.name}-main.jsonl.gz"
        for vendor in VENDORS.values()
        for stream in vendor.streams
    ]
    taken = {mapping.name for file in (*SHAPES, *pulled) for mapping in mappings.takers(file)}
    ready = {mapping.name for mapping in mappings.ready}
    real = {name for name in ready if name.startswith(("school_crm", "paid_media"))}
    assert taken == ready - real


@pytest.mark.real_data
@pytest.mark.skipif(
    not PAYLOADS.exists(), reason="the payloads (../shared) are not on this machine"
)
@pytest.mark.parametrize(
    ("payload", "name", "loaded"),
    [
        ("hubspot/mock_contacts_data.json", "hubspot_contacts.json", {"contacts": 2}),
        ("hubspot/mock_deals_data.json", "hubspot_deals.json", {"deals": 2}),
        (
            "salesforce/opportunity_history.synthetic.json",
            "salesforce_opportunity_history.json",
            {"deal_stages": 1},
        ),
        ("amocrm/leads_page.synthetic.json", "amocrm_leads.json", {"deals": 1, "deal_contacts": 1}),
        ("google_ads/search_stream.synthetic.json", "google_ads_stream.json", {"ad_spend": 1}),
        ("meta_ads/insights.synthetic.json", "meta_ads_insights.json", {"ad_spend": 1}),
        (
            "yandex_direct/campaign_report.synthetic.tsv",
            "yandex_direct_report.tsv",
            {"ad_spend": 2},
        ),
        ("calltouch/calls_page.synthetic.json", "calltouch_calls.json", {"calls": 1}),
    ],
)
def test_a_payload_as_it_comes_lands(company, payload: str, name: str, loaded: dict[str, int]):
    company.deliver(name, Path(PAYLOADS / payload).read_bytes(), day="2026-03-01")
    found: dict[str, int] = {}
    for result in company.land():
        assert result.error is None
        found[result.target.entity] = found.get(result.target.entity, 0) + result.rows_loaded
    assert {entity: rows for entity, rows in found.items() if rows} == loaded
    assert company.quarantine() == []


CLOSED_AT = "2024-02-02T00:00:00Z"
SALESFORCE = ("Id CreatedDate CloseDate IsWon IsClosed StageName", "records")
BITRIX = ("ID DATE_CREATE CLOSEDATE CLOSED STAGE_SEMANTIC_ID STAGE_ID", "result")
OUTCOMES = [
    # What the vendor says of a deal, None where its export has no such column, and what it means.
    ("salesforce_opportunities", SALESFORCE, ("true", "true", "Signed"), "won"),
    ("salesforce_opportunities", SALESFORCE, ("false", "true", "Refused"), "lost"),
    ("salesforce_opportunities", SALESFORCE, ("false", "false", "Closed for now"), "open"),
    ("salesforce_opportunities", SALESFORCE, ("true", None, "Signed"), "won"),
    ("salesforce_opportunities", SALESFORCE, (None, "true", "Closed Won"), "won"),
    ("salesforce_opportunities", SALESFORCE, (None, "true", "Refused"), "lost"),
    ("salesforce_opportunities", SALESFORCE, (None, "false", "Closed Won"), "open"),
    ("salesforce_opportunities", SALESFORCE, (None, None, "Closed Lost"), "lost"),
    ("salesforce_opportunities", SALESFORCE, (None, None, "Proposal"), "open"),
    ("bitrix24_deals", BITRIX, ("Y", "S", "C1:WON"), "won"),
    ("bitrix24_deals", BITRIX, ("Y", "F", "C1:9"), "lost"),
    ("bitrix24_deals", BITRIX, ("N", "P", "NEW"), "open"),
    ("bitrix24_deals", BITRIX, (None, "F", "C1:9"), "lost"),
    ("bitrix24_deals", BITRIX, (None, None, "WON"), "won"),
    ("bitrix24_deals", BITRIX, (None, None, "NEW"), "open"),
]


def outcome(company):
    """The one deal's status and whether it has a closing date, of all rows that are about it."""
    assert [result.error for result in company.land() if result.error] == []
    assert company.quarantine() == []
    return company.query(
        "select max(status), bool_or(closed_at is not null) from raw.deals group by deal_id"
    )


@pytest.mark.parametrize("ending", ["csv", "json"])
@pytest.mark.parametrize(("file", "export", "words", "status"), OUTCOMES)
def test_a_deal_that_is_won_or_lost_has_its_closing_date_and_no_other(
    company, file, export, words, status, ending
):
    columns, records = export
    cells = ("1", "2024-02-01T10:00:00Z", CLOSED_AT, *words)
    said = {name: cell for name, cell in zip(columns.split(), cells, strict=True) if cell}
    lines = f"{','.join(said)}\n{','.join(said.values())}\n"
    company.deliver(f"{file}.{ending}", lines if ending == "csv" else page(records, said))
    assert outcome(company) == [(status, status != "open")]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("4711", "true", "true"), "won"),
        (("4711", "false", "true"), "lost"),
        (("closedwon", "false", "false"), "open"),
        (("4711", "true", None), "won"),
        (("closedwon", None, "true"), "won"),
        (("closedlost", None, None), "lost"),
        (("4711", None, None), "open"),
    ],
)
def test_hubspot_says_itself_which_deals_are_closed(company, words, status):
    stage, won, closed = words
    said = {"closedate": CLOSED_AT, "hs_is_closed_won": won, "hs_is_closed": closed}
    company.deliver("hubspot_deals.json", page("results", hubspot("1", stage, **said)))
    assert outcome(company) == [(status, status != "open")]


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_opportunities_of_salesforce_run_where_their_history_does(company, ending):
    deal = {"Id": "1", "CreatedDate": "2024-02-01T10:00:00Z", "Type": "New Business"}
    stage = {"OpportunityId": "1", "StageName": "Call", "CreatedDate": "2024-02-01T10:00:00Z"}
    lines = f"{','.join(deal)}\n{','.join(deal.values())}\n"
    company.deliver(
        f"salesforce_opportunities.{ending}", lines if ending == "csv" else page("records", deal)
    )
    company.deliver("salesforce_opportunity_history.json", page("records", stage))
    company.land()
    found = company.query("select pipeline, _attributes from raw.deals where not _fills")
    assert found == [("sales", '{"type":"New Business"}')]
    assert company.query("select pipeline from raw.deal_stages") == [("sales",)]


META = "Reporting starts,Reporting ends,Account ID,Campaign name,Amount spent (EUR)\n"
INSIGHT = {"date_start": "2024-02-01", "account_id": "12", "account_currency": "EUR", "spend": "7"}
GOOGLE = {"customer": {"id": "1", "currencyCode": "EUR"}, "campaign": {"id": "11"}}


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        (
            "meta_ads_report.csv",
            META + "2024-02-01,2024-02-29,12,Leads,210\n2024-02-01,2024-02-29,12,Brand,90\n",
            "ends on another day (Reporting ends): export it by day",
        ),
        (
            "meta_ads_insights.json",
            page("data", *[INSIGHT | {"date_stop": "2024-02-29", "campaign_id": c} for c in "12"]),
            "ends on another day (data.date_stop): export it by day",
        ),
        (
            "google_ads_report.csv",
            "Month,Customer ID,Campaign ID,Campaign,Currency code,Cost\n2024-02-01,1,11,B,EUR,9\n",
            "lacks the column Day",
        ),
        (
            "google_ads_stream.json",
            page("results", *[GOOGLE | {"segments": {"month": "2024-02-01"}}] * 2),
            "date",
        ),
        (
            "yandex_direct_report.tsv",
            "Month\tCampaignId\tCampaignName\tCost\n2024-02-01\t1\tBrand\t1230000\n",
            "lacks the column Date",
        ),
    ],
)
def test_spend_that_is_not_by_day_is_refused(company, file, content, said):
    company.deliver(file, content)
    result = company.with_settings(max_quarantined=0.1).only()
    assert (result.status, result.rows_loaded) == ("refused", 0)
    assert said in result.error


def test_a_row_of_one_day_lands_beside_one_of_several(company):
    company.deliver(
        "meta_ads_report.csv",
        META + "2024-02-01,2024-02-01,12,Leads,210\n2024-02-01,2024-02-02,12,Leads,90\n"
        "2024-02-03,,12,Leads,8\n",
    )
    company.land()
    assert company.rows("ad_spend", "date, cost") == [("2024-02-01", "210"), ("2024-02-03", "8")]
    ((line, column, reason),) = company.quarantine()
    assert (line, column) == (3, "date")
    assert "export it by day" in reason
