"""An export is looked at and its mapping proposed: as it is, where all could be told."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
import yaml

from ingestion.inventory import read_all_mappings
from ingestion.proposing.looking import look
from ingestion.proposing.writing import known_names, propose
from leadhouse.errors import LeadhouseError, RefusedFile
from leadhouse.paths import PROJECT_ROOT
from tests.ingestion import workbooks
from tests.ingestion.test_ready_mappings import SHAPES

SHARED = PROJECT_ROOT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    return read_all_mappings(tmp_path_factory.mktemp("none")).ready


def proposed(company, ready, file, content, entity=None):
    folder = company.drop.parent
    path = folder / file
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return propose(look(path, known_names(ready)), ready, entity)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.slow
def test_the_export_of_a_vendor_is_known_under_any_name(company, ready, shape):
    content, expected = SHAPES[shape]
    vendor, ending = shape.partition("_")[0], shape.rpartition(".")[2]
    proposal = proposed(company, ready, f"download-17.{ending}", content)
    assert (vendor if vendor != "sf" else "salesforce") in proposal.made_of
    company.map(proposal.text)
    company.deliver(f"download-18.{ending}", content)
    results = company.land()
    assert [result.error for result in results if result.error] == []
    assert company.quarantine() == []
    landed = {result.target.entity for result in results if result.rows_loaded}
    assert landed == {each.split()[0] for each in expected}
    assert all(result.target.mapped_by.startswith("own_") for result in results)


GENERIC = {
    "deals": (
        "umowy.csv",
        "Deal ID;Client ID;Date created;Stage;Value;Currency;Owner;Colour\n"
        "1;7;01.02.2024 10:00;Closed won;1.234,50;EUR;Ann;red\n"
        "2;8;13.02.2024 11:00;Call;n/a;EUR;Bob;\n",
        {
            "deal_id": "Deal ID",
            "created_at": {"column": "Date created", "format": "%d.%m.%Y %H:%M"},
            "contact_id": "Client ID",
            "pipeline": {"value": "sales"},
            "stage": "Stage",
            "owner_user_id": "Owner",
            "status": {"column": "Stage", "values": {"Closed won": "won"}, "otherwise": "open"},
            "amount": {"column": "Value", "number": "1.234,56"},
            "currency": "Currency",
        },
        ["pipeline: no column", "status: taken as open: Call", "Not used: Colour", "Times without"],
    ),
    "calls": (
        "pbx_log.csv",
        "UID,Start,From,To,Type,Result,Talk time\n"
        "a1,2024-02-01T10:00:00Z,600100200,700100200,Incoming,ANSWERED,00:03:12\n"
        "a2,2024-02-01T11:00:00Z,600100201,700100200,Outgoing,NO ANSWER,00:00:00\n",
        {
            "call_id": "UID",
            "started_at": "Start",
            "direction": {"column": "Type", "values": {"Incoming": "in", "Outgoing": "out"}},
            "from_phone": "From",
            "to_phone": "To",
            "status": {
                "column": "Result",
                "values": {"ANSWERED": "answered", "NO ANSWER": "missed"},
            },
            "talk_seconds": {"column": "Talk time", "duration": "h:mm:ss"},
        },
        [],
    ),
    "contacts": (
        "people.jsonl",
        '{"id": 1, "created": 1706781600, "person": {"email": "a@b.example", "phone": "+48 600"}}\n'
        '{"id": 2, "created": 1706781700, "person": {"email": "", "first_name": "Ann"}}\n',
        {
            "contact_id": "id",
            "created_at": {"column": "created", "format": "epoch"},
            "first_name": "person.first_name",
            "email": "person.email",
            "phone": "person.phone",
        },
        [],
    ),
    "ad_spend": (
        "facebook spend.csv",
        "Day,Account ID,Campaign name,Campaign ID,Amount spent (EUR),Clicks (all)\n"
        '2024-02-01,12,Leads,7,"1,234.50",3\n',
        {
            "date": "Day",
            "platform": {"value": "meta"},
            "account_id": "Account ID",
            "campaign_id": "Campaign ID",
            "campaign": "Campaign name",
            "clicks": "Clicks (all)",
            "cost": {"column": "Amount spent (EUR)", "number": "1,234.56"},
            "currency": {"value": "EUR"},
        },
        ["currency: no column has it; all rows are taken as EUR."],
    ),
}


@pytest.mark.parametrize("entity", GENERIC)
def test_columns_formats_and_marks_are_told_by_name_and_content(company, ready, entity):
    file, content, columns, doubts = GENERIC[entity]
    asked = entity if entity == "ad_spend" else None
    proposal = proposed(company, ready, file, content, asked)
    said = yaml.load(proposal.text, yaml.BaseLoader)
    assert (said["entity"], said["columns"]) == (entity, columns)
    assert len(proposal.doubts) == len(doubts)
    assert all(map(str.startswith, proposal.doubts, doubts))
    company.map(proposal.text)
    company.deliver(file, content)
    result = company.only()
    assert (result.status, result.rows_loaded) == ("loaded", result.rows_read)


def test_what_cannot_be_told_is_said_and_has_its_place(company, ready):
    proposal = proposed(
        company,
        ready,
        "orders.csv",
        "Order ID,Price,When,Then\nx1,5,02/03/2024,04/05/2024\nx2,6,04/05/2024,06/07/2024\n",
        "deals",
    )
    assert "# created_at: required, and no column looks like it." in proposal.text
    assert "created_at is required, and no column looks like it." in proposal.doubts
    proposal = proposed(
        company,
        ready,
        "orders.csv",
        "Order ID,Price,Created\nx1,5,02/03/2024\nx2,6,04/05/2024\n",
        "deals",
    )
    assert any("may be written as %d/%m/%Y or as %m/%d/%Y" in doubt for doubt in proposal.doubts)


def test_the_only_moment_is_the_required_one_whatever_it_is_called(company, ready):
    content = "Order ID,Price,When\nx1,5,21/03/2024\nx2,6,04/05/2024\n"
    proposal = proposed(company, ready, "orders.csv", content, "deals")
    said = yaml.safe_load(proposal.text)["columns"]["created_at"]
    assert said == {"column": "When", "format": "%d/%m/%Y"}
    assert "created_at: taken from When, the only one that fits." in proposal.doubts


@pytest.mark.parametrize(
    ("amounts", "landed", "in_doubt"),
    [
        (("R$ 100.000", "R$ 30.500"), ("100000", "30500"), True),
        (("$ 1,500", "$ 2,750"), ("1500", "2750"), True),
        (("€ 1.500,50", "€ 30.000"), ("1500.50", "30000"), False),
        (("12.500", "300.125"), ("12.500", "300.125"), True),
        (("0.125", "12.500"), ("0.125", "12.500"), False),
        (("12.5", "300"), ("12.5", "300"), False),
        (("€ 12.50", "€ 1.500"), ("12.50", "1.500"), False),
        (("CHF 1'250.50", "-300"), ("1250.50", "-300"), False),
        (("(1.250,50)", "300,00 €"), ("-1250.50", "300"), False),
        (("1 250,50-", "300,-"), ("-1250.50", "300"), False),
    ],
)
def test_a_point_or_comma_that_may_be_either_is_a_doubt(company, ready, amounts, landed, in_doubt):
    lines = "".join(f"{at};2024-02-01;{amount};EUR\n" for at, amount in enumerate(amounts))
    content = "Order ID;Created;Amount;Currency\n" + lines
    proposal = proposed(company, ready, "orders.csv", content, "deals")
    assert any("may be decimals or" in doubt for doubt in proposal.doubts) == in_doubt
    company.map(proposal.text)
    company.deliver("orders.csv", content)
    assert company.only().rows_loaded == 2
    found = company.query("select amount::decimal(12, 3) from raw.deals order by deal_id")
    assert [value for (value,) in found] == [Decimal(each) for each in landed]


def test_each_sheet_of_a_workbook_has_its_proposal(company, ready):
    path = company.drop.parent / "plan.xlsx"
    names = ("Lp.", "Data", "Klient", "Telefon", "Kwota", "Status")
    with xlsxwriter.Workbook(str(path)) as book:
        for month in ("02", "03"):
            sheet = book.add_worksheet(f"sold {month}")
            for at, status in enumerate(("sprzedane", "w trakcie"), 1):
                # The same rows on both sheets: they are two all the same.
                row = (at, f"2{at}.02.2024", "Klient", f"60010020{at}", "1200,00", status)
                sheet.write_row(at, 0, row)
            sheet.write_row(0, 0, names)
        book.add_worksheet("empty")
    known = known_names(ready)
    first, other = look(path, known), look(path, known, "Sold 03")
    proposal = propose(first, ready)
    assert proposal.made_of == "It looks like deals."
    assert any("Not looked at: sheet sold 03." in doubt for doubt in proposal.doubts)
    assert yaml.safe_load(propose(other, ready).text)["mappings"][0]["sheet"] == "Sold 03"
    company.map(f"{proposal.text}---\n{propose(other, ready).text}")
    company.deliver("plan.xlsx", path.read_bytes())
    assert sum(each.rows_loaded for each in company.land()) == 8
    assert company.query("select count(distinct deal_id) from raw.deals") == [(4,)]
    with pytest.raises(RefusedFile, match="has no sheet 'April'"):
        look(path, known, "April")
    (company.drop.parent / "plan.csv").write_text("Id\n1\n")
    with zipfile.ZipFile(company.drop.parent / "plan.zip", "w") as archive:
        archive.writestr("plan.csv", "Id\n1\n")
    for name in ("plan.csv", "plan.zip"):
        with pytest.raises(LeadhouseError, match="is no workbook"):
            look(company.drop.parent / name, known, "April")


def test_an_export_of_no_entity_is_none(company, ready):
    content = "Session source / medium,Engaged sessions\ngoogle / cpc,80\n(direct) / (none),30\n"
    proposal = proposed(company, ready, "traffic.csv", content)
    assert proposal.made_of.startswith("It looks like none of the entities")


KEPT_BY_HAND = (
    "Data;Klient;Telefon;Produkt;Kwota;Handlowiec;Status\n"
    "02.03.2026;Jan Kowalski;600 100 200;Kurs A;1 200,00 zł;Anna;sprzedane\n"
    "23.03.2026;Ewa Nowak;600 100 201;Kurs B;900,00 zł;Piotr;w trakcie\n"
    "25.03.2026;Jan Kowalski;600 100 200;Kurs B;900,00 zł;Anna;{status}\n"
)


def test_a_sheet_of_sales_brings_its_clients_as_contacts(company, ready):
    content = KEPT_BY_HAND.format(status="w trakcie")
    proposal = proposed(company, ready, "sales.csv", content)
    assert proposal.made_of == "It looks like deals."
    assert {"Klient", "Telefon"} <= proposal.personal
    company.map(proposal.text)
    company.deliver("sales.csv", content)
    results = company.land()
    assert {(each.target.entity, each.rows_loaded) for each in results} == {
        ("deals", 3),
        ("contacts", 3),
    }
    together = """
        select status, phone, last_name, deals.created_at = contacts.created_at
        from raw.deals join raw.contacts using (contact_id) order by deals.created_at
    """
    assert company.query(together) == [
        ("won", "600 100 200", "Jan Kowalski", True),
        ("open", "600 100 201", "Ewa Nowak", True),
        ("open", "600 100 200", "Jan Kowalski", True),
    ]
    ids = company.query("select deal_id from raw.deals order by all")
    later = proposed(company, ready, "sales.csv", KEPT_BY_HAND.format(status="stracone"))
    assert (
        "Status" not in yaml.safe_load(later.text)["mappings"][0]["columns"]["deal_id"]["row_key"]
    )
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("names", "moment", "zone"),
    [
        ("Order ID,Created (UTC),Status", "2026-01-05 08:00", "UTC"),
        ("Order ID,Created GMT,Status", "05.01.2026 08:00", "UTC"),
        ("Order ID,Created (UTC+1),Status", "2026-01-05 08:00", None),
        ("Order ID,Created (UTC),Status", "2026-01-05T09:00:00+01:00", None),
    ],
)
def test_a_zone_in_the_name_of_a_column_is_that_of_its_moments(company, ready, names, moment, zone):
    content = f"{names}\nx1,{moment},won\n"
    proposal = proposed(company, ready, "orders.csv", content, "deals")
    rule = yaml.safe_load(proposal.text)["columns"]["created_at"]
    assert (rule.get("timezone") if isinstance(rule, dict) else None) == zone
    company.map(proposal.text)
    company.deliver("orders.csv", content)
    assert company.only().rows_loaded == 1
    hour = "strftime(created_at::timestamptz at time zone 'UTC', '%H:%M')"
    assert company.query(f"select {hour} from raw.deals") == [("08:00",)]


def test_what_only_fills_other_rows_is_no_export_of_a_vendor(company, ready):
    content = (
        "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Created,Close Date\n"
        "1001,A,Closed Won,Default,1500,2026-03-01,2026-03-12\n"
        "1002,B,Proposal,Default,700,2026-03-02,\n"
    )
    proposal = proposed(company, ready, "crm.csv", content)
    said = yaml.safe_load(proposal.text)
    assert "fill" not in said and said["columns"]["created_at"] == "Created"


def test_a_dot_may_end_a_name_or_stand_in_it(company, ready):
    content = "Nr.;Created;Tel.;Nr. klienta;Uwag.\n1;2024-02-01;+48 600 100 200;9;x\n"
    proposal = proposed(company, ready, "osoby.csv", content, "contacts")
    columns = yaml.load(proposal.text, yaml.BaseLoader)["columns"]
    assert columns == {"contact_id": "Nr.", "created_at": "Created", "phone": "Tel."}
    assert proposal.doubts == [
        "Not used: Nr. klienta, Uwag. Add what is worth it, or attributes.",
    ]
    company.map(proposal.text)
    company.deliver("osoby.csv", content)
    assert company.only().rows_loaded == 1
    assert company.rows("contacts", "contact_id, phone") == [("1", "+48 600 100 200")]


@pytest.mark.parametrize(
    ("closed", "pattern", "told"),
    [("5/31/2025", "%m/%d/%Y", True), ("31/5/2025 10:00", "%d/%m/%Y", True), ("1", "%d/%m/%Y", 0)],
)
def test_a_clear_column_tells_the_order_of_the_days_of_another(
    company, ready, closed, pattern, told
):
    content = f"Order ID,Created,Closed\n1,5/1/2025,{closed}\n"
    proposal = proposed(company, ready, "orders.csv", content, "deals")
    columns = yaml.load(proposal.text, yaml.BaseLoader)["columns"]
    assert columns["created_at"] == {"column": "Created", "format": pattern}
    assert told != any("may be written" in doubt for doubt in proposal.doubts)


@pytest.mark.parametrize(
    ("first", "second", "currency", "doubt"),
    [
        ("1 200,50 zł", "7,00 zł", "PLN", "all rows are taken as PLN"),
        ("USD 1,200.50", "7", "USD", "all rows are taken as USD"),
        ("€5", "€6", "EUR", "all rows are taken as EUR"),
        ("€5", "6 USD", None, "and the amounts name EUR, USD. An amount without one"),
        ("5", "6", None, "An amount without one counts as nothing"),
    ],
)
def test_an_amount_needs_a_currency(company, ready, first, second, currency, doubt):
    content = f"Order ID;Created;Price\n1;2025-05-01;{first}\n2;2025-05-01;{second}\n"
    proposal = proposed(company, ready, "orders.csv", content, "deals")
    columns = yaml.load(proposal.text, yaml.BaseLoader)["columns"]
    assert columns.get("currency") == (currency and {"value": currency})
    assert [doubt in each for each in proposal.doubts if each.startswith("currency")] == [True]


@pytest.mark.parametrize(
    ("stage", "status"),
    [("Wygrane", "won"), ("Успешно", "won"), ("Przegrane", "lost"), ("Seven", None)],
)
def test_deals_without_a_value_that_decides_them_are_a_doubt(company, ready, stage, status):
    content = f"Order ID,Created,Etap\n1,2025-05-01,{stage}\n"
    proposal = proposed(company, ready, "orders.csv", content, "deals")
    rule = yaml.load(proposal.text, yaml.BaseLoader)["columns"].get("status")
    assert rule == (status and {"column": "Etap", "values": {stage: status}})
    doubts = [each for each in proposal.doubts if each.startswith("status: no column has a value")]
    assert len(doubts) == (status is None)


@pytest.mark.parametrize(
    ("names", "rows", "format_", "moments"),
    [
        (
            "Date;Time",
            ["03.05.2025;14:05:10", "03.05.2025;09:00:00"],
            "%d.%m.%Y %H:%M:%S",
            ["2025-05-03 14:05:10", "2025-05-03 09:00:00"],
        ),
        (
            "Call date;Call time",
            ["2025-05-03;2:05 PM", "2025-05-04;"],
            ["%Y-%m-%d %I:%M %p", "%Y-%m-%d"],
            ["2025-05-03 14:05:00", "2025-05-04"],
        ),
    ],
)
def test_a_day_and_its_time_in_two_columns_are_one_moment(
    company, ready, names, rows, format_, moments
):
    content = f"ID;{names};Caller;Talk time\n"
    content += "".join(f"{at};{row};+48 601 000 001;00:03:12\n" for at, row in enumerate(rows))
    proposal = proposed(company, ready, "pbx.csv", content, "calls")
    columns = yaml.load(proposal.text, yaml.BaseLoader)["columns"]
    joined = {"concat": names.split(";"), "separator": " ", "format": format_}
    assert columns["started_at"] == joined
    assert columns["talk_seconds"] == {"column": "Talk time", "duration": "h:mm:ss"}
    assert not any("Not used" in doubt for doubt in proposal.doubts)
    assert any("Times without an offset" in doubt for doubt in proposal.doubts)
    company.map(proposal.text + "  status: {value: answered}\n")
    company.deliver("pbx.csv", content, "2025-06-02")
    assert company.only().rows_loaded == 2
    assert [at for (at,) in company.rows("calls", "started_at")] == moments


SEVERAL_DAYS = [
    ("Reporting starts,Reporting ends", "2024-01-01,2024-01-01", 1, []),
    ("Reporting starts,Reporting ends", "2024-01-01,2024-01-31", 0, ["Reporting ends is not"]),
    ("Day,Last day", "01.01.2024,31.01.2024", 0, ["Last day is not"]),
    ("Day,Changed", "2024-01-01,2024-01-31", 1, []),
]


@pytest.mark.parametrize(("names", "days", "loaded", "doubts"), SEVERAL_DAYS)
def test_spend_of_several_days_is_not_that_of_the_first(
    company, ready, names, days, loaded, doubts
):
    content = f"{names},Campaign ID,Amount spent (PLN)\n{days},7,310.00\n"
    proposal = proposed(company, ready, "shop_ads.csv", content, "ad_spend")
    said = [each for each in proposal.doubts if "rows of several days" in each]
    assert [each[: len(start)] for each, start in zip(said, doubts, strict=True)] == doubts
    company.map(proposal.text)
    company.deliver("shop_ads.csv", content)
    result = company.only()
    assert (result.rows_loaded, result.rows_loaded + result.rows_quarantined) == (loaded, 1)


def test_an_id_that_several_rows_share_is_named(company, ready):
    first = '{"ts": 1718026200000, "data": {"id": 5, "created": "2024-05-01", "stage": "Won"}}\n'
    proposal = proposed(company, ready, "changes.jsonl", first * 2, "deals")
    said = [each for each in proposal.doubts if each.startswith("deal_id")]
    assert said[0].startswith("deal_id: data.id is called like it, but several rows share it.")
    assert len(said) == 2
    alone = proposed(company, ready, "changes.jsonl", first, "deals")
    assert [each for each in alone.doubts if each.startswith("deal_id")] == []


def test_a_list_without_ids_gets_them_from_its_rows(company, ready):
    content = "Created,Campaign,Name\n2024-02-01,spring,Ann\n2024-02-01,spring,Bob\n"
    proposal = proposed(company, ready, "leads.csv", content, "contacts")
    said = yaml.load(proposal.text, yaml.BaseLoader)
    assert said["columns"]["contact_id"]["prefix"] == "contact"
    assert not any("share it" in doubt for doubt in proposal.doubts)
    company.map(proposal.text)
    company.deliver("leads.csv", content)
    assert company.only().rows_loaded == 2


def shown(company, ready, content, entity=None):
    """What the command shows of each column."""
    path = company.drop.parent / "people.csv"
    path.write_text(content)
    export = look(path, known_names(ready))
    personal = propose(export, ready, entity).personal
    return {column.path: column.shown(column.path in personal) for column in export.columns}


def test_personal_values_are_not_shown(company, ready):
    content = "id,mail,Handy\n1,ann@b.example,+48 600 100 200\n2,bob@b.example,600100201\n"
    assert shown(company, ready, content) == {
        "id": ["1", "2"],
        "mail": ["xxx@x.xxxxxxx", "xxx@x.xxxxxxx"],
        "Handy": ["+99 999 999 999", "999999999"],
    }


def test_what_becomes_personal_is_not_shown_under_any_name(company, ready):
    content = (
        "Angelegt am;Imię;Фамилия;Data urodzenia;Betreuer dort;Status;Info;Nummer\n"
        "01.02.2026;Jan;Nowak;01.02.1950;Frau Aehring;neu;Ruf an 0176 1234500;600100200\n"
        "02.02.2026;Ewa;Lis;03.04.1951;Herr Behring;neu;neu;600100201\n"
        "03.02.2026;Ola;Kot;05.06.1952;Frau Cehring;alt;ann@b.example schreibt;600100202\n"
        "04.02.2026;Iza;Bąk;07.08.1953;Frau Dehring;neu;alt;600100203\n"
        "05.02.2026;Ala;Żak;07.08.1954;Frau Eehring;neu;alt;600100204\n"
    )
    seen = shown(company, ready, content)
    assert seen["Angelegt am"][0] == "01.02.2026"
    assert seen["Status"] == ["neu", "alt"]
    assert seen["Imię"] == ["xxx"] * 5
    assert seen["Фамилия"][:2] == ["xxxxx", "xxx"]
    assert seen["Data urodzenia"] == ["99.99.9999"] * 5
    assert seen["Betreuer dort"][0] == "xxxx xxxxxxx"
    assert seen["Nummer"] == ["999999999"] * 5
    assert {"xxx xx 9999 9999999", "xxx@x.xxxxxxx xxxxxxxx"} <= set(seen["Info"])


def test_a_note_hides_what_reaches_somebody_and_shows_the_rest(company, ready):
    content = "id,date,stage\n" + "".join(
        f"{at},2024-02-01,{stage}\n"
        for at, stage in enumerate(["won", "ring 0176 1234500", "open", "won", "open"] * 3)
    )
    assert shown(company, ready, content, "deals")["stage"] == ["won", "xxxx 9999 9999999", "open"]
    doubts = propose(look(company.drop.parent / "people.csv", known_names(ready)), ready, "deals")
    assert "1234500" not in " ".join(doubts.doubts) and "xxxx 9999 9999999" in str(doubts.doubts)


TITLED = (
    "Raport;;;;\n\nStan na;25.11.2026;;;\n"
    "Nr;Utworzono;Zamknięto;Wartość;Produkt\n"
    "1;01.02.2026;;5 669,26 zł;Pro\n2;02.02.2026;03.02.2026;$14.455,49;Basic\n"
)


def test_titles_above_the_names_are_no_header(company, ready):
    for file, content in (
        ("a.csv", TITLED),
        ("b.csv", TITLED.replace(";;;;", "").replace(";25.11.2026;;;", "")),
        ("c.xlsx", workbooks.xlsx([line.split(";") for line in TITLED.splitlines()])),
    ):
        path = company.drop.parent / file
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        export = look(path, known_names(ready))
        assert export.raw_columns == ("Nr", "Utworzono", "Zamknięto", "Wartość", "Produkt")
        assert export.records == 2


def test_a_list_of_deals_is_one_in_other_languages_too(company, ready):
    proposal = proposed(company, ready, "Raport transakcji.csv", TITLED)
    said = yaml.safe_load(proposal.text)
    assert (said["entity"], said["columns"]["deal_id"]) == ("deals", "Nr")
    assert said["columns"]["created_at"]["column"] == "Utworzono"
    assert said["columns"]["closed_at"]["column"] == "Zamknięto"
    assert any(doubt.startswith("amount: Wartość is called like it") for doubt in proposal.doubts)


AS_EXPORTED = {
    "Szanse.csv": (
        "Szansa sprzedaży - Identyfikator,Szansa sprzedaży - Tytuł,Szansa sprzedaży - Wartość,"
        "Szansa sprzedaży - Waluta,Szansa sprzedaży - Status,Szansa sprzedaży - Lejek,"
        "Szansa sprzedaży - Utworzono szansę sprzedaży,Szansa sprzedaży - Właściciel,"
        "Osoba - Telefon\n"
        '1,A,"1200,50",PLN,Wygrana,Sprzedaż,2024-02-01 10:00:00,Jan,600100200\n'
        '2,B,"300,00",PLN,Otwarta,Sprzedaż,2024-02-02 11:00:00,Ewa,600100201\n',
        "deals",
        "select deal_id, status, amount, pipeline from raw.deals order by all",
        [("1", "won", "1200.50", "Sprzedaż"), ("2", "open", "300.00", "Sprzedaż")],
    ),
    "Kampagnen.csv": (
        "Tag,Kampagnenname,Anzeigengruppenname,Impressionen,Ausgegebener Betrag (EUR),Linkklicks\n"
        "2024-02-01,Marke,Gruppe 1,120,12.50,4\n2024-02-02,Marke,Gruppe 1,130,13.50,5\n",
        "ad_spend",
        "select date, campaign, cost, currency, clicks from raw.ad_spend order by all",
        [
            ("2024-02-01", "Marke", "12.50", "EUR", "4"),
            ("2024-02-02", "Marke", "13.50", "EUR", "5"),
        ],
    ),
    "отчёт.csv": (
        "Дата;Кампания;№ Кампании;Показы;Клики;Расход (руб.);Конверсии\n"
        "01.02.2024;Бренд;123;120;4;312,50;1\n02.02.2024;Бренд;123;130;5;313,50;-\n",
        "ad_spend",
        "select date, campaign_id, cost, currency from raw.ad_spend order by all",
        [("2024-02-01", "123", "312.50", "RUB"), ("2024-02-02", "123", "313.50", "RUB")],
    ),
    "pbx.csv": (
        "Call time,Caller,Destination,Status,Ring duration,Talk duration,Agent\n"
        "02/14/2024 10:15:00 PM,+48600100200,+48221234567,ANSWERED,00:00:05,00:02:10,7\n"
        "02/15/2024 11:15:00 AM,+48600100201,+48221234567,NO ANSWER,00:00:25,00:00:00,\n",
        "calls",
        "select left(started_at, 16), status, wait_seconds, talk_seconds from raw.calls order by 1",
        [
            ("2024-02-14 22:15", "answered", "5", "130"),
            ("2024-02-15 11:15", "missed", "25", "0"),
        ],
    ),
    "linkedin.csv": (
        "Start Date (in UTC),Account Name,Currency,Campaign Name,Total Spent,Impressions,Clicks\n"
        "2/14/24,ACME,EUR,Spring,12.50,1000,12\n2/15/24,ACME,EUR,Spring,14.50,1100,13\n",
        "ad_spend",
        "select date, platform, account_id, cost from raw.ad_spend order by all",
        [
            ("2024-02-14", "linkedin", "ACME", "12.50"),
            ("2024-02-15", "linkedin", "ACME", "14.50"),
        ],
    ),
    "people.csv": (
        "Lead Id,Lead Owner,First Name,Email,Cell,Lead Source,Created Time,Modified Time\n"
        "z1,Anna,Ann,ann@example.org,+48600100200,Web,2026-03-01 10:15:00,2026-03-02 10:15:00\n"
        "z2,Anna,Bob,bob@example.org,+48600100201,Fair,2026-03-02 10:15:00,2026-03-02 10:15:00\n",
        "contacts",
        "select contact_id, owner_user_id, phone, lead_source, updated_at is not null "
        "from raw.contacts order by all",
        [
            ("z1", "Anna", "+48600100200", "Web", True),
            ("z2", "Anna", "+48600100201", "Fair", True),
        ],
    ),
    "changes.csv": (
        "Deal ID,From stage,To stage,Changed at,Changed by\n"
        "1,New,Proposal,2024-02-01 10:00:00,Ann\n1,Proposal,Won,2024-02-03 10:00:00,Ann\n",
        "deal_stages",
        "select deal_id, stage, actor_user_id from raw.deal_stages order by all",
        [("1", "Proposal", "Ann"), ("1", "Won", "Ann")],
    ),
    "steps.csv": (
        "Pipeline,Stage,Order,Type\nSales,New,1,open\nSales,Won,2,won\n",
        "pipeline_stages",
        "select stage, position, kind from raw.pipeline_stages order by all",
        [("New", "1", "open"), ("Won", "2", "won")],
    ),
    "quota.csv": (
        "Month,Salesperson,Target revenue\n2024-01,Ann,10000\n2024-02,Ann,12000\n",
        "targets",
        "select month, level, level_id, metric, target from raw.targets order by all",
        [
            ("2024-01", "user", "Ann", "revenue", "10000"),
            ("2024-02", "user", "Ann", "revenue", "12000"),
        ],
    ),
    "paid.csv": (
        "invoice_no,order_no,paid_on,amount_paid,currency\n"
        "F/1,Z1,2024-02-01,100.00,EUR\nF/2,Z2,2024-02-02,55.50,EUR\n",
        "payments",
        "select payment_id, deal_id, amount from raw.payments order by all",
        [("F/1", "Z1", "100.00"), ("F/2", "Z2", "55.50")],
    ),
    "accounts.csv": (
        "account,sector,employees\nAcme,retail,120\nBeta,medical,80\n",
        "accounts",
        "select account_id, name, industry, size from raw.accounts order by all",
        [("Acme", "Acme", "retail", "120"), ("Beta", "Beta", "medical", "80")],
    ),
    "orders.csv": (
        "Name,Email,Financial Status,Currency,Total,Created at,Billing Name,Billing Phone\n"
        "#1,ann@example.org,paid,EUR,125.00,2026-03-01 10:15:00 +0100,Ann,+48600100200\n"
        "#2,bob@example.org,refunded,EUR,65.00,2026-03-02 10:15:00 +0100,Bob,+48600100201\n",
        "deals",
        "select title, status, amount, last_name, phone "
        "from raw.deals join raw.contacts using (contact_id) order by all",
        [
            ("#1", "won", "125.00", "Ann", "+48600100200"),
            ("#2", "lost", "65.00", "Bob", "+48600100201"),
        ],
    ),
    "Liste.csv": (
        "Datum;Uhrzeit;Richtung;Rufnummer;Mitarbeiter;Dauer;Ergebnis\n"
        "01.02.2024;10:15:00;eingehend;+49 30 123456;Weber;00:02:10;angenommen\n"
        "01.02.2024;11:15:00;eingehend;+49 30 123456;Weber;00:00:00;nicht angenommen\n",
        "calls",
        "select status, talk_seconds, direction from raw.calls order by all",
        [("answered", "130", "in"), ("missed", "0", "in")],
    ),
}


def test_a_name_without_brackets_comes_first(company, ready):
    content = "Deal ID,Created,Amount (home),Amount,Currency\n1,2024-02-01,7.5,8.5,EUR\n"
    proposal = proposed(company, ready, "deals.csv", content)
    assert yaml.safe_load(proposal.text)["columns"]["amount"] == "Amount"


@pytest.mark.parametrize("file", AS_EXPORTED)
def test_exports_of_other_programs_and_languages_land_as_proposed(company, ready, file):
    content, entity, question, landed = AS_EXPORTED[file]
    proposal = proposed(company, ready, file, content)
    assert proposal.made_of == f"It looks like {entity}."
    company.map(proposal.text)
    company.deliver(file, content)
    results = company.land()
    assert [result.error for result in results if result.error] == []
    assert company.quarantine() == []
    assert company.query(question) == landed


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("c2.csv", "c2.csv"),
        ("q1.csv", "q1.csv"),
        ("deals-2024-03-01.csv", "deals-*.csv"),
        ("deals_20240301_120000.csv", "deals_*.csv"),
        ("export 17.txt", "export *.txt"),
        ("sklep24.csv", "sklep*.csv"),
        ("2024-03 deals.csv", "2024-03 deals.csv"),
        ("b2b.csv", "b2b.csv"),
        ("crm.2024.03.01.csv", "crm.*.csv"),
        ("a[1].csv", "a?1].csv"),
    ],
)
def test_files_named_alike_differ_in_the_date_or_number_behind_a_word(
    company, ready, file, pattern
):
    proposal = proposed(company, ready, file, "Deal ID,Created\n1,2024-01-01\n", "deals")
    assert yaml.safe_load(proposal.text)["files"] == pattern


def test_files_that_are_not_read_are_refused(company, ready):
    with pytest.raises(LeadhouseError, match="There is no file"):
        look(Path("nowhere.csv"), frozenset())
    (company.drop / "notes.docx").write_text("x")
    with pytest.raises(LeadhouseError, match="in a format that is not read"):
        look(company.drop / "notes.docx", frozenset())


def test_the_command_shows_writes_and_overwrites_nothing(company):
    file = company.drop.parent / "pbx_log.csv"
    file.write_text(GENERIC["calls"][1])
    out = company.drop / "mappings" / "pbx.yml"
    command = [str(Path(sys.executable).with_name("leadhouse")), "mapping", str(file)]
    places = {
        "LEADHOUSE_DROP": str(company.drop),
        "LEADHOUSE_HOME": str(company.settings.home),
    }

    def run(*options):
        return subprocess.run(
            [*command, *options],
            env=os.environ | places,
            capture_output=True,
            text=True,
            check=False,
        )

    done = run("--out", str(out))
    assert done.returncode == 0, done.stderr
    assert (
        "7 columns" in done.stdout
        and "Result (text, 2 filled): ANSWERED | NO ANSWER" in done.stdout
    )
    assert yaml.safe_load(out.read_text())["entity"] == "calls"
    assert run("--out", str(out)).returncode == 1
    assert "Did you mean calls?" in run("--entity", "cals").stderr
    file.write_bytes("Id,Имя\n1,Ąąćż\n".encode("cp1250", "replace") + b"\x81\x98\n")
    assert run().stderr.startswith("pbx_log.csv is not UTF-8")


@pytest.mark.real_data
@pytest.mark.skipif(not SHARED.exists(), reason="the data (../shared) is not on this machine")
@pytest.mark.parametrize(
    ("file", "known_as"),
    [
        ("payloads/hubspot/mock_contacts_data.json", "hubspot_contacts_page"),
        ("payloads/hubspot/mock_deals_data.json", "hubspot_deals_page"),
        ("payloads/amocrm/leads_page.synthetic.json", "amocrm_leads"),
        ("payloads/amocrm/events_page.synthetic.json", "amocrm_stage_events"),
        ("payloads/bitrix24/crm.deal.list.json", "bitrix24_deals_page"),
        ("payloads/bitrix24/crm.stagehistory.list.json", "bitrix24_stage_history"),
        ("payloads/bitrix24/crm.contact.list.json", "bitrix24_contacts"),
        ("payloads/google_ads/search_stream.synthetic.json", "google_ads_stream"),
        ("payloads/meta_ads/insights.synthetic.json", "meta_ads_insights"),
        ("payloads/yandex_direct/campaign_report.synthetic.tsv", "yandex_direct_report"),
        ("payloads/calltouch/calls_page.synthetic.json", "calltouch_calls"),
        (
            "payloads/salesforce/opportunity_history.synthetic.json",
            "salesforce_opportunity_history",
        ),
        ("vendor_shapes/salesforce/sf_opportunity_data.csv", "salesforce_opportunities"),
        ("vendor_shapes/hubspot/deal_data.csv", "deals"),
        ("vendor_shapes/ads/facebook_ads_basic_ad_data.csv", "ad_spend"),
        ("vendor_shapes/ads/google_ads_campaign_stats_data.csv", "ad_spend"),
        ("sales_opportunities/sales_pipeline.csv", "deals"),
        ("sales_opportunities/sales_teams.csv", "users"),
        ("loan_stage_log_sample/events.csv", "deal_stages"),
        ("paid_media_b2b/Leads.csv", "paid_media"),
        ("school_crm_2023h2/spend.csv", "school_crm_spend"),
    ],
)
def test_real_exports_are_known(ready, file, known_as):
    assert known_as in propose(look(SHARED / file, known_names(ready)), ready).made_of


def test_a_name_is_no_id_and_what_a_ready_mapping_leaves_out_is_said(company, ready):
    head = (
        "ID;Название сделки;Основной контакт;Ответственный;Этап сделки;Воронка;Бюджет;"
        "Дата создания сделки;Теги сделки"
    )
    row = "{};x;Ewa Nowak;Анна;Успешно реализовано;Продажи;1 200 ₽;01.02.2024 10:00:00;vip"
    content = "\n".join([head, *map(row.format, range(40, 46))])
    proposal = proposed(company, ready, "amo.csv", content)
    assert proposal.made_of == "It looks like amocrm_leads_list."
    columns = yaml.safe_load(proposal.text)["columns"]
    assert "contact_id" not in columns
    assert columns["currency"] == {"value": "RUB"}
    assert proposal.doubts == [
        "currency: no column has it; all rows are taken as RUB.",
        "Not used: Основной контакт. Add what is worth it, or attributes.",
    ]


def test_pages_of_records_with_what_belongs_to_them(company, ready):
    deal = (
        '{{"id":"{0}","archived":false,"createdAt":"2026-08-04T22:27:47.140Z","properties":'
        '{{"createdate":"2026-08-04T22:27:47Z","dealname":"Deal","amount":"25000",'
        '"deal_currency_code":"EUR","pipeline":"default","dealstage":"{1}",'
        '"closedate":"2026-09-03T21:27:47Z","hubspot_owner_id":"702"}},"associations":'
        '{{"contacts":{{"results":[{{"id":"50{0}","type":"deal_to_contact"}}]}}}}}}'
    )
    deals = [deal.format(at, stage) for at, stage in enumerate(("Verkauft", "Verloren"))]
    proposal = proposed(company, ready, "d.json", f'{{"results":[{",".join(deals)}]}}')
    columns = next(yaml.safe_load_all(proposal.text))
    columns = columns["mappings"][0]["columns"] if "mappings" in columns else columns["columns"]
    assert columns["contact_id"] == "results.associations.contacts.results.0.id"
    assert (
        "status: results.properties.dealstage has none of the values that the mapping lists, so "
        "all would be open: write your own for closedwon, closed won, closedlost, closed lost."
    ) in proposal.doubts


def test_one_id_is_not_the_id_of_two_things(company, ready):
    lines = [
        f'{{"submission":{{"id":"f-{at}","ts":176999566400{at},"form":"contact"}},'
        f'"visitor":{{"client_id":"6358{at}.73"}},"fields":{{"email":"p{at}@acme.com"}}}}'
        for at in range(4)
    ]
    proposal = proposed(company, ready, "forms.jsonl", "\n".join(lines), "enquiries")
    columns = yaml.safe_load(proposal.text)["columns"]
    assert columns["visitor_id"] == "visitor.client_id"
    assert columns["occurred_at"] == {"column": "submission.ts", "format": "epoch_ms"}
    assert "contact_id" not in columns


def test_a_user_is_not_called_as_a_team_of_it(company, ready):
    users = (
        '{"results":[{"id":"700","firstName":"Ann","lastName":"Lee","email":"ann@vendor.com",'
        '"teams":[{"name":"SMB"}]},{"id":"701","firstName":"Bo","lastName":"Orr",'
        '"email":"bo@vendor.com","teams":[{"name":"SMB"}]}]}'
    )
    proposal = proposed(company, ready, "owners.json", users, "users")
    columns = yaml.safe_load(proposal.text)["columns"]
    assert columns["name"] == {
        "concat": ["results.firstName", "results.lastName"],
        "separator": " ",
    }


def test_lines_that_end_in_two_ways_are_seen(company, ready):
    content = 'Campaigns\n"Feb 2026"\nDay,Customer ID,Cost\r\n2026-02-01,1,5.00\r\n'
    proposal = proposed(company, ready, "gads_x.csv", content, "ad_spend")
    assert yaml.safe_load(proposal.text)["columns"]["cost"] == "Cost"


@pytest.mark.parametrize("mark", [",", "|"])
def test_a_line_of_data_is_no_header(company, ready, mark):
    lines = ["0,2026-08-01,Anna,anna@x.ua,+380501234560", "1,2026-08-02,Ola,ola@x.ua,+380501234561"]
    content = "\n".join(lines).replace(",", mark)
    with pytest.raises(LeadhouseError, match="no line with the names") as error:
        proposed(company, ready, "people.csv", content)
    assert "Anna" not in str(error.value)
