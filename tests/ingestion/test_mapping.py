"""Mapping files: foreign exports become entities; a bad mapping says where it is bad."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import logging
import random
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import yaml
from babel import Locale
from babel.dates import format_date

from ingestion.contract import ENTITIES
from ingestion.mapping.times import read_moment
from leadhouse.errors import LandingError
from leadhouse.paths import PROJECT_ROOT

DEALS = """
name: export
files: "export*.csv"
entity: deals
delimiter: ","
columns:
  deal_id: Id
  created_at: {column: Created Time, format: "%d.%m.%Y %H:%M", timezone: Europe/Berlin}
  closed_at: {column: Closed, format: ["%d.%m.%Y", "%Y/%m/%d"]}
  amount: {column: Amount, number: "1.234,56"}
  status: {column: Stage, values: {Payment Done: won, Lost: lost}, otherwise: open}
  stage: Stage
  pipeline: {value: school}
where: {Id: not empty}
"""


def test_the_mapping_of_the_design(company, caplog):
    company.map(DEALS)
    company.deliver(
        "export-1.csv",
        "ID , created time,Closed,Amount,Stage,City\n"
        '5805028000017521591,17.11.2023 22:32,28.11.2023,"€ 3.500,00",Payment Done,Kiel\n'
        "2,17.07.2023 22:32,2023/11/28,1000, Lost ,\n"
        ",,,,,#REF!\n"
        "3,17.07.2023 22:32,,,Call Delayed,\n"
        "4,32.07.2023 22:32,,,Lost,\n"
        "5,17.07.2023 22:32,,12.50,Lost,\n",
    )
    with caplog.at_level(logging.WARNING):
        result = company.only()
    assert (result.rows_read, result.rows_loaded) == (6, 3)
    assert (result.rows_quarantined, result.rows_excluded) == (2, 1)
    assert result.unknown_columns == ("City",)
    columns = "deal_id, created_at, closed_at, amount, status, stage, pipeline, _extra, _row_number"
    assert company.rows("deals", columns) == [
        (
            *("5805028000017521591", "2023-11-17 21:32:00+00", "2023-11-28", "3500.00"),
            *("won", "Payment Done", "school", '{"City":"Kiel"}', 2),
        ),
        (
            *("2", "2023-07-17 20:32:00+00", "2023-11-28", "1000"),
            *("lost", "Lost", "school", None, 3),
        ),
        ("3", "2023-07-17 20:32:00+00", None, None, "open", "Call Delayed", "school", None, 5),
    ]
    assert company.quarantine("row_number, column_name, value, reason") == [
        (
            *(6, "created_at", "32.07.2023 22:32"),
            'created_at: "32.07.2023 22:32" is not written as %d.%m.%Y %H:%M',
        ),
        (7, "amount", "12.50", 'amount: "12.50" is not a number written like 1.234,56'),
    ]


NUMBERS = [
    ("1.234,56", "1000", "1000"),
    ("1.234,56", "1.234,56", "1234.56"),
    ("1.234,56", "€ 3.500,00", "3500.00"),
    ("1.234,56", "3.500,00 €", "3500.00"),
    ("1.234,56", "R$ 100.000", "100000"),
    ("1.234,56", "R$\u00a0100.000", "100000"),
    ("1.234,56", "146536,25", "146536.25"),
    ("1.234,56", "1 000,5", "1000.5"),
    ("1.234,56", "-1.234.567,8 EUR", "-1234567.8"),
    ("1.234,56", "−5", "-5"),
    ("1.234,56", "EUR 1.234,-", "1234"),
    ("1.234,56", "5,– €", "5"),
    ("1.234,56", "5,-- kr", "5"),
    ("1.234,56", "5,00 грн.", "5.00"),
    ("1.234,56", "1.234,5-", "-1234.5"),
    ("1.234,56", "5.-", None),
    ("1.234,56", "5,-5", None),
    ("1.234,56", "10 %", None),
    ("1.234,56", "12.50", None),
    ("1.234,56", "1.2345,00", None),
    ("1.234,56", "1.23", None),
    ("1.234,56", "1,234.56", None),
    ("1.234,56", "abc", None),
    ("1.234,56", "€", None),
    ("1.234,56", "12,", None),
    ("1,234.56", "$1,234,567.89", "1234567.89"),
    ("1,234.56", "USD 12", "12"),
    ("1,234.56", "12,34", None),
    ("1 234,56", "1 234 567,89 zł", "1234567.89"),
    ("1 234,56", "1\u00a0234,5", "1234.5"),
    ("1 234,56", "12 34", None),
    ("1234,56", "1234,5", "1234.5"),
    ("1234,56", "1.234", None),
    ("1'234.56", "CHF 1'234.50", "1234.50"),
    ("1'234.56", "Fr. 1'234.-", "1234"),
]


def test_numbers_as_people_write_them(company):
    examples = sorted({example for example, _, _ in NUMBERS})
    for at, example in enumerate(examples):
        company.map(
            f"name: numbers{at}\nfiles: numbers{at}.csv\nentity: payments\ndelimiter: ';'\n"
            "columns:\n"
            "  payment_id: id\n  deal_id: id\n  paid_at: at\n  currency: {value: EUR}\n"
            f'  amount: {{column: x, number: "{example}"}}\n',
            f"numbers{at}.yml",
        )
        lines = [f"{text};{n};2024-01-01" for n, (e, text, _) in enumerate(NUMBERS) if e == example]
        company.deliver(f"numbers{at}.csv", "\n".join(["x;id;at", *lines]) + "\n")
    company.land()
    read = dict(company.query("select payment_id::int, amount from raw.payments"))
    assert {n: read.get(n) for n in range(len(NUMBERS))} == {
        n: expected for n, (_, _, expected) in enumerate(NUMBERS)
    }


MOMENTS = [
    ("Europe/Berlin", "2023-10-29 02:30"),
    ("Europe/Berlin", "2023-10-29 01:59"),
    ("Europe/Berlin", "2023-10-29 03:00"),
    ("Europe/Berlin", "2023-03-26 02:30"),
    ("Europe/Berlin", "2023-07-01 12:00"),
    ("Australia/Lord_Howe", "2023-04-02 01:45"),
    ("America/New_York", "2023-11-05 01:30"),
    ("Asia/Kolkata", "2023-11-05 01:30"),
    ("Antarctica/Troll", "2023-10-29 01:30"),
]


def test_local_times_mean_the_earlier_instant_when_they_occur_twice(company):
    zones = sorted({zone for zone, _ in MOMENTS})
    for at, zone in enumerate(zones):
        company.map(
            f"name: moments{at}\nfiles: moments{at}.csv\nentity: users\ncolumns:\n"
            "  user_id: id\n  name: id\n"
            f'  updated_at: {{column: at, format: "%Y-%m-%d %H:%M", timezone: {zone}}}\n',
            f"moments{at}.yml",
        )
        lines = [f"{n},{text}" for n, (z, text) in enumerate(MOMENTS) if z == zone]
        company.deliver(f"moments{at}.csv", "\n".join(["id,at", *lines]) + "\n")
    company.land()
    read = company.query("select user_id::int, updated_at::timestamptz from raw.users order by 1")
    for n, instant in read:
        zone, text = MOMENTS[n]
        meant = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=0)
        assert instant == meant.astimezone(UTC), (zone, text)
    assert len(read) == len(MOMENTS)


CLOCKS = [
    ("1/23/2023 12:00 AM", "2023-01-23 00:00:00"),
    ("11/3/2022 12:05 PM", "2022-11-03 12:05:00"),
    ("11/03/2022 1:11 pm", "2022-11-03 13:11:00"),
    ("2/28/2023", "2023-02-28"),
    ("28/2/2023", None),
    ("1/23/2023 13:00 PM", None),
]


def test_dates_with_the_month_first_and_a_clock_of_twelve_hours(company):
    company.map(
        "files: american.csv\nentity: users\ncolumns:\n  user_id: id\n  name: id\n"
        '  updated_at: {column: at, format: ["%m/%d/%Y %I:%M %p", "%m/%d/%Y"]}\n'
    )
    lines = [f"{n},{text}" for n, (text, _) in enumerate(CLOCKS)]
    company.deliver("american.csv", "\n".join(["id,at", *lines]) + "\n")
    company.land()
    read = dict(company.query("select user_id::int, updated_at from raw.users"))
    assert {n: read.get(n) for n in range(len(CLOCKS))} == {
        n: expected for n, (_, expected) in enumerate(CLOCKS)
    }


LEADS = """
name: leads
files: "leads*.csv"
entity: contacts
columns:
  contact_id: {row_key: [Created, Campaign], prefix: lead}
  created_at: Created
  lead_campaign: Campaign
  region: Region
where: {Test: empty}
"""
LEAD_ROWS = [
    "2024-01-01,spring,north,",
    "2024-01-01,spring,north,",
    "2024-01-01,spring,south,",
    "2024-01-01,autumn,north,",
    "2024-01-02,spring,,",
    "2024-01-02,,north,",
]


def _leads(rows, header="Created,Campaign ,Region,Test"):
    return "\n".join([header, *rows]) + "\n"


def _keyed(company, day):
    return set(
        company.query(
            "select contact_id, created_at, trim(lead_campaign), region from raw.contacts "
            f"where _delivery_date = '{day}'"
        )
    )


def test_rows_without_an_id_get_a_key_of_their_own(company):
    company.map(LEADS)
    company.deliver("leads.csv", _leads(LEAD_ROWS))
    assert company.only().rows_loaded == len(LEAD_ROWS)
    rows = company.rows("contacts", "contact_id, _row_number")
    groups = [key.rsplit("-", 1)[0] for key, _ in rows]
    numbers = [key.rsplit("-", 1)[1] for key, _ in rows]
    assert numbers == ["1", "2", "3", "1", "1", "1"]
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups)) == 4
    assert {group.split("-")[0] for group in groups} == {"lead"}
    assert {len(group) for group in groups} == {len("lead-") + 16}


@pytest.mark.parametrize(
    "rows",
    [
        list(reversed(LEAD_ROWS)),
        [*LEAD_ROWS[3:], *LEAD_ROWS[:3]],
        [f" {row.replace(',', ' ,', 1)}" for row in LEAD_ROWS],
    ],
    ids=["reversed", "turned", "with blanks around the values"],
)
def test_the_same_rows_keep_their_keys_in_any_order(company, rows):
    company.map(LEADS)
    company.deliver("leads.csv", _leads(LEAD_ROWS), "2024-03-01")
    company.deliver("leads_again.csv", _leads(rows), "2024-03-02")
    company.land()
    first = {(key, row[0].strip(), *row[1:]) for key, *row in _keyed(company, "2024-03-01")}
    again = {(key, row[0].strip(), *row[1:]) for key, *row in _keyed(company, "2024-03-02")}
    assert first == again
    assert len(first) == len(LEAD_ROWS)


def test_what_is_no_part_of_the_key_may_change(company):
    company.map(LEADS)
    company.deliver("leads.csv", _leads(LEAD_ROWS), "2024-03-01")
    changed = [row.replace("north", "east") for row in LEAD_ROWS]
    wider = [f"{row},x" for row in changed] + ["2024-01-09,winter,,,"]
    company.deliver("leads.csv", _leads(wider, "Created,Campaign,Region,Test,New"), "2024-03-02")
    company.land()
    first = {row[0] for row in _keyed(company, "2024-03-01")}
    again = {row[0] for row in _keyed(company, "2024-03-02")}
    assert first < again
    assert len(again) == len(first) + 1


def test_a_row_that_is_left_out_takes_no_number(company):
    company.map(LEADS)
    company.deliver("leads.csv", _leads(LEAD_ROWS), "2024-03-01")
    with_tests = ["2024-01-01,spring,a,yes", *LEAD_ROWS, "2024-01-01,spring,north,yes"]
    company.deliver("leads.csv", _leads(with_tests), "2024-03-02")
    company.land()
    assert _keyed(company, "2024-03-01") == _keyed(company, "2024-03-02")


def test_a_row_whose_key_is_blank_is_quarantined(company):
    company.map(LEADS)
    company.deliver("leads.csv", _leads([" ,,north,", *LEAD_ROWS]))
    result = company.only()
    assert (result.rows_loaded, result.rows_quarantined) == (len(LEAD_ROWS), 1)
    assert company.quarantine() == [
        (2, "contact_id", "contact_id: a value is required and the cell is empty")
    ]


def test_a_file_without_a_column_of_the_key_is_refused(company):
    company.map(LEADS)
    company.deliver("leads.csv", "Created,Region,Test\n2024-01-01,north,\n")
    result = company.only()
    assert result.status == "refused"
    assert result.error.startswith("2024-03-01/leads.csv lacks the column Campaign, which mapping")


def test_two_entities_of_one_file_share_a_key_and_two_lists_do_not(company):
    key = "{row_key: [Date, Label], prefix: PREFIX}"
    listed = """
    - name: PREFIX_deals
      files: "PREFIX*.csv"
      entity: deals
      columns:
        deal_id: KEY
        created_at: Date
        pipeline: Label
        status: {value: open}
    - name: PREFIX_stages
      files: "PREFIX*.csv"
      entity: deal_stages
      columns: {deal_id: KEY, pipeline: Label, stage: Label, occurred_at: Date}
    """.replace("KEY", key)
    company.map("mappings:" + "".join(listed.replace("PREFIX", name) for name in ("own", "rival")))
    rows = "Date,Label\n2024-01-01,a\n2024-01-01,a\n2024-01-02,b\n"
    company.deliver("own.csv", rows)
    company.deliver("rival.csv", rows)
    company.land()
    deals = company.query("select distinct deal_id, created_at from raw.deals")
    assert len(deals) == 6
    assert set(deals) == set(company.query("select deal_id, occurred_at from raw.deal_stages"))


def test_the_key_also_stands_in_for_ids_that_are_missing(company):
    company.map(
        "files: own.csv\nentity: users\ncolumns:\n  name: Name\n"
        "  user_id: {column: Id, fallback: {row_key: Name, prefix: user}}\n"
    )
    company.deliver("own.csv", "Id,Name\n7,Ann\n,Bob\n,Bob\n")
    company.land()
    ids = [row[0] for row in company.rows("users", "user_id")]
    assert ids[0] == "7"
    assert [key.rsplit("-", 1)[1] for key in ids[1:]] == ["1", "2"]


def test_dates_fallbacks_concat_values_and_conditions(company):
    company.map(
        """
        mappings:
          - files: [pay_*.csv, "PAYMENTS_OF_*"]
            entity: payments
            columns:
              payment_id: {concat: [Deal, No], separator: "|"}
              deal_id: Deal
              paid_at: {column: Paid, format: "%d.%m.%Y", fallback: {column: Made}}
              amount: {column: Sum, fallback: {value: "0"}}
              currency: {column: Cur, values: {"€": EUR, "": PLN}}
            where: {Deal: not empty, Kind: {in: [pay, Yes]}, State: {not in: [void]}, Test: empty}
          - files: "pay_*.csv"
            entity: manual_costs
            columns:
              cost_id: Deal
              date_from: {column: Made, format: "%Y-%m-%d %H:%M:%S"}
              date_to: {column: Made, format: "%Y-%m-%d %H:%M:%S"}
              source: {column: Kind, values: {pay: till}, otherwise: other}
              amount: Sum
              currency: {value: EUR}
            where: {Kind: pay}
        """
    )
    made = "2024-01-05 23:30:00"
    company.deliver(
        "pay_1.csv",
        "Deal,No,Paid,Made,Sum,Cur,Kind,State,Test,Note\n"
        f"A,1,05.02.2024,{made},10,€,pay,,,n1\n"
        f"A,2,,{made},,,Yes,ok,,\n"
        f"B,,,{made},1,€,pay,void,,\n"
        f"C,,,{made},1,€,refund,,,\n"
        f"D,,,{made},1,€,pay,,x,\n"
        f"E,,soon,{made},1,€,pay,,,\n"
        f"F,,,{made},1,$,pay,,,\n",
    )
    costs, payments = company.land()
    assert (payments.rows_read, payments.rows_loaded, payments.rows_excluded) == (7, 2, 3)
    assert (costs.rows_read, costs.rows_loaded, costs.rows_excluded) == (7, 5, 2)
    columns = "payment_id, deal_id, paid_at, amount, currency, _extra"
    assert company.rows("payments", columns) == [
        ("A|1", "A", "2024-02-05", "10", "EUR", '{"Note":"n1"}'),
        ("A|2", "A", made, "0", "PLN", None),
    ]
    # Columns that no mapping reads are kept once, by the first of the mappings.
    assert costs.unknown_columns == ()
    assert company.rows("manual_costs", "cost_id, date_from, date_to, source, _extra")[0] == (
        *("A", "2024-01-05", "2024-01-05", "till", None),
    )
    assert company.quarantine("row_number, reason") == [
        (7, 'paid_at: "soon" is not written as %d.%m.%Y'),
        (8, 'currency: "$" is not among the mapping\'s values'),
    ]


def test_an_empty_cell_is_a_value_of_a_condition(company):
    company.map(
        "files: own.csv\nentity: users\ncolumns: {user_id: Id, name: Id}\n"
        'where: {State: {in: ["", new]}, Kind: {not in: ["", test]}}\n'
    )
    company.deliver("own.csv", "Id,State,Kind\n1,,a\n2, new ,b\n3,old,a\n4,,\n5,new,test\n")
    company.land()
    assert company.rows("users", "user_id") == [("1",), ("2",)]


def test_personal_source_values_are_masked(company):
    company.map(
        "files: people.csv\nentity: contacts\ncolumns:\n  contact_id: id\n  created_at: at\n"
        '  birth_date: {column: born, format: "%d.%m.%Y"}\n'
    )
    company.deliver("people.csv", "id,at,born\n1,2024-01-01,31/12/1980\n")
    company.land()
    assert company.quarantine("reason") == [("birth_date: the value is not written as %d.%m.%Y",)]


def test_a_mapping_comes_before_the_entity_names(company):
    company.map("files: calls_*.csv\nentity: users\ncolumns: {user_id: u, name: u}\n")
    company.deliver("calls_export.csv", "u\n7\n")
    result = company.only()
    assert (result.target.entity, result.rows_loaded) == ("users", 1)


def test_a_missing_source_column_refuses_the_file_or_warns(company, caplog):
    company.map(DEALS)
    company.deliver("export-1.csv", "Id,Closed,Amount,City\n1,,,\n")
    assert company.only().error == (
        "2024-03-01/export-1.csv lacks the column Created Time, which mapping export "
        "(mappings/export.yml) requires. It has: Id, Closed, Amount, City. Deliver it with the "
        "column, or write a mapping."
    )
    company.deliver("export-1.csv", "Id,Created Time,Stage\n1,01.02.2024 10:00,Lost\n")
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        assert company.only().rows_loaded == 1
    assert [record.getMessage() for record in caplog.records] == [
        "2024-03-01/export-1.csv lacks columns that mapping export reads: Amount, Closed. "
        "They are taken as empty."
    ]


def test_editors_check_a_mapping_by_the_same_rules():
    schema = json.loads((PROJECT_ROOT / "docs/mapping.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    files = sorted((PROJECT_ROOT / "ingestion/mappings").glob("*.yml"))
    assert len(files) > 1
    for text in (DEALS, LEADS, *(file.read_text() for file in files)):
        assert not list(validator.iter_errors(yaml.load(text, yaml.BaseLoader))), text[:80]
    for good, bad in (
        ("stage: Stage", "stge: Stage"),
        ("column: Created Time", "colum: Created Time"),
        ("entity: deals", "entity: leads"),
        ("not empty", "[x]"),
        ("  pipeline: {value: school}\n", ""),
    ):
        wrong = yaml.load(DEALS.replace(good, bad), yaml.BaseLoader)
        assert list(validator.iter_errors(wrong)), bad


BAD = [
    (
        DEALS.replace("entity: deals", "entity: leads"),
        "line 4, key entity: 'leads' is not an entity. Did you mean deals? Entities: ",
    ),
    (
        DEALS.replace("  stage:", "  stge:"),
        "line 12, key columns.stge: deals has no such column. Did you mean stage?",
    ),
    (
        DEALS.replace("  pipeline: {value: school}\n", ""),
        "key columns.pipeline: is missing, and deals requires it.",
    ),
    (
        DEALS.replace("%d.%m.%Y %H:%M", "dd.mm"),
        "key columns.created_at.format: 'dd.mm' is not a date",
    ),
    (
        DEALS.replace("%d.%m.%Y %H:%M", "%d.%Q"),
        "key columns.created_at.format: '%d.%Q' is not a date",
    ),
    (
        DEALS.replace("%d.%m.%Y %H:%M", "%d.%m"),
        "key columns.created_at.format: '%d.%m' has no year",
    ),
    (
        DEALS.replace("%d.%m.%Y %H:%M", "%d.%m.%Y - %d.%m.%Y"),
        "key columns.created_at.format: '%d.%m.%Y - %d.%m.%Y' has %y or its like twice, and only "
        "the last would count. Of two dates in a cell take one: part:",
    ),
    (
        DEALS.replace("column: Stage,", "column: Stage, part: {by: /, number: 0},"),
        "number must be 1 for the first or -1 for the last one.",
    ),
    (
        DEALS.replace("Europe/Berlin", "Mars"),
        "key columns.created_at.timezone: 'Mars' is not a time",
    ),
    (
        DEALS.replace('"1.234,56"', '"1.234.56"'),
        "key columns.amount.number: '1.234.56' is not an exam",
    ),
    (
        DEALS.replace("otherwise: open", "otherwise: opn"),
        "key columns.status.otherwise: 'opn' is not allowed. Did you mean open?",
    ),
    (DEALS.replace("Lost: lost", "Lost: lst"), "key columns.status.values: 'lst' is not allowed"),
    (
        DEALS.replace("{value: school}", "{valeu: x}"),
        "key columns.pipeline.valeu: is unknown. Did you mean value? Known keys: column,",
    ),
    (
        DEALS.replace("{value: school}", "{value: x, column: y}"),
        "needs exactly one of column, value",
    ),
    (
        DEALS.replace("deal_id: Id", "deal_id: {row_key: [Id], concat: [Id], prefix: d}"),
        "needs exactly one of column, value, concat or row_key.",
    ),
    (
        DEALS.replace("deal_id: Id", "deal_id: {row_key: [Id]}"),
        "key columns.deal_id.prefix: is missing. Write what the list's ids begin with",
    ),
    (
        DEALS.replace("deal_id: Id", "deal_id: {row_key: [], prefix: d}"),
        "key columns.deal_id.row_key: is empty. List the source columns that tell one row",
    ),
    (
        DEALS.replace("deal_id: Id", "deal_id: {column: Id, prefix: d}"),
        "key columns.deal_id.prefix: belongs to row_key.",
    ),
    (
        DEALS.replace('number: "1.234,56"', "divide_by: 0"),
        "line 10, key columns.amount.divide_by: '0' is not a number from 1 on",
    ),
    (
        DEALS.replace("%d.%m.%Y %H:%M", "epoch_sm"),
        "line 8, key columns.created_at.format: 'epoch_sm' is not a date pattern such as",
    ),
    (
        DEALS.replace('number: "1.234,56"', "duration: mm"),
        "line 10, key columns.amount.duration: Input should be 'h:mm:ss' or 'h:mm'",
    ),
    (
        DEALS.replace("deal_id: Id", 'deal_id: {concat: [Id, {txt: "-"}]}'),
        "line 7, key columns.deal_id.concat[2].txt: is unknown. Did you mean text?",
    ),
    (
        DEALS.replace('number: "1.234,56"', "mius: Fee"),
        "line 10, key columns.amount.mius: is unknown. Did you mean minus?",
    ),
    (
        DEALS.replace("{value: school}", "{value: school, empty: x}"),
        "key columns.pipeline.empty: belongs to column or concat.",
    ),
    (
        DEALS.replace("stage: Stage", "stage: {column: Stage, plus: Id}"),
        "key columns.stage.plus: cannot fill a text column.",
    ),
    (
        DEALS.replace('number: "1.234,56"', "fallback: {row_key: [Id], prefix: d}"),
        "key columns.amount.fallback.row_key: cannot fill a decimal column.",
    ),
    (DEALS.replace('delimiter: ","', "delimiter: ab"), "key delimiter: 'ab' is not one character."),
    (DEALS + "encoding: klingon\n", "key encoding: 'klingon' is unknown."),
    (DEALS + "shet: x\n", "line 15, key shet: is unknown. Did you mean sheet?"),
    (
        DEALS.replace("{Id: not empty}", "{Id: {lke: x}}"),
        "key where.Id.lke: is unknown. Did you mean like? Known keys: in, not in, like,",
    ),
    (
        DEALS.replace("{Id: not empty}", "{Id: {from: soon}}"),
        "key where.Id.from: 'soon' is neither a number nor a day (2024-01-31).",
    ),
    (
        DEALS.replace("{Id: not empty}", "{Id: {in: []}}"),
        "key where.Id.in: is empty. List the values that are kept",
    ),
    (
        DEALS.replace("{Id: not empty}", "{Id: }"),
        "key where.Id: must be: not empty, empty, a value, {in: [...]}, {not in:",
    ),
    (DEALS.replace("Stage\n", "[Stage]\n", 1), "key columns.stage: must be a set of keys."),
    (DEALS.replace("column: Closed,", "column: [Closed],"), "closed_at.column: must be text."),
    (DEALS.replace("deal_id: Id", "deal_id: Id\n  deal_id: Id2"), "the key 'deal_id' stands twice"),
    (DEALS.replace('files: "export*.csv"\n', ""), "key files: is missing."),
    ("name: [", "Mapping mappings/export.yml cannot be read:"),
    ("", "Mapping mappings/export.yml is empty."),
    ("just text", "a mapping is a set of keys"),
    ("mappings: {}", "key mappings: it must be a list of mappings"),
    ("mappings:\n  - {files: a, entity: x}", "key mappings[1].entity: 'x' is not an entity."),
]


@pytest.mark.parametrize(("text", "said"), BAD, ids=[said[:40] for _, said in BAD])
def test_a_bad_mapping_stops_landing_and_names_file_and_key(company, text, said):
    assert text != DEALS
    company.map(text)
    company.deliver("users.csv", "user_id,name\n1,Ann\n")
    with pytest.raises(LandingError) as caught:
        company.land()
    assert said in str(caught.value)
    assert "Mapping mappings/export.yml" in str(caught.value)
    assert company.query("select count(*) from raw.users") == [(0,)]


def test_all_problems_of_all_mappings_are_told_at_once(company):
    company.map(
        DEALS.replace("Europe/Berlin", "Mars")
        .replace("entity: deals", "entity: deals\nx: y")
        .replace("column: Amount, ", "")
    )
    company.map("entity: users\nfiles: u\ncolumns: {user_id: u}\n", "second.yaml")
    with pytest.raises(LandingError) as caught:
        company.land()
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "Mapping mappings/export.yml, line 5, key x",
        "Mapping mappings/export.yml, line 9, key columns.created_at.timezone",
        "Mapping mappings/export.yml, line 11, key columns.amount",
        "Mapping mappings/second.yaml, line 3, key columns.name",
    ]


def _payments(company, rule, rows, header, more=""):
    """What a rule for the amount of payments makes of rows, NULL for those that it quarantines."""
    company.map(
        "name: sums\nfiles: sums*\nentity: payments\ndelimiter: ';'\n"
        "columns:\n  payment_id: id\n  deal_id: id\n  paid_at: {value: 2024-01-01}\n"
        f"  currency: {{value: EUR}}\n  amount: {rule}\n{more}"
    )
    lines = [f"{at};{row}" for at, row in enumerate(rows)]
    company.deliver("sums.csv", "\n".join([f"id;{header}", *lines]) + "\n")
    company.land()
    read = dict(company.query("select payment_id::int, amount from raw.payments"))
    return [read.get(at) for at in range(len(rows))]


WRITTEN = {
    "1.234,56": (".", ","),
    "1,234.56": (",", "."),
    "1 234,56": (" ", ","),
    "1'234.56": ("'", "."),
    "1234,56": ("", ","),
    "1234.56": ("", "."),
}
SIGNS = ["{}", "-{}", "−{}", "–{}", "{}-", "({})", "( {} )", "- {}", "+{}"]
SIGNED = [("", ""), ("€ ", ""), ("", " EUR"), ("EUR", ""), ("R$\u00a0", ""), ("", "\u202fzł")]


@pytest.mark.parametrize("example", WRITTEN)
def test_a_number_is_the_same_however_it_is_written(company, example):
    group, point = WRITTEN[example]
    written = random.Random(example)
    rows, expected = [], []
    for sign, (before, after), outside in itertools.product(SIGNS, SIGNED, (True, False)):
        cents = written.randrange(10 ** written.randrange(1, 12))
        digits = f"{cents // 100:,}".replace(",", group)
        if group == " ":
            digits = digits.replace(" ", written.choice([" ", "\u00a0", "\u202f", "\u2009"]))
        if group == "'":
            digits = digits.replace("'", written.choice("'’"))
        bare = f"{digits}{point}{cents % 100:02}"
        whole = f"{before}{sign.format(bare)}{after}"
        rows.append(whole if outside else sign.format(f"{before}{bare}{after}"))
        minus = "" if sign in ("{}", "+{}") else "-"
        expected.append(f"{minus}{cents // 100}.{cents % 100:02}")
    read = _payments(company, f'{{column: x, number: "{example}"}}', rows, "x")
    wrong = [line for line in zip(rows, expected, read, strict=True) if line[1] != line[2]]
    assert wrong == []


@pytest.mark.parametrize("text", ["(5", "5)", "-5-", "(-5)", "--", "-", "()", "5-5", "12EUR50"])
def test_what_is_no_number_is_quarantined(company, text):
    assert _payments(company, '{column: x, number: "1,234.56"}', [text, "1"], "x") == [None, "1"]


def test_marks_for_nothing_go_with_any_other_key(company):
    company.map(
        "files: own.csv\nentity: users\nempty: n/a\ncolumns:\n  user_id: Id\n  name: Name\n"
        '  updated_at: {column: At, format: "%d.%m.%Y", empty: ["--", none], '
        "fallback: {value: 2020-01-01}}\n  team: {concat: [Team, Place], empty: unknown}\n"
        '  role: {column: Role, values: {"": seller, Boss: head}, empty: "?"}\n'
        "where: {Name: not empty}\n"
    )
    company.deliver(
        "own.csv",
        "Id,Name,At,Team,Place,Role\n1,Ann,--,N/A,,?\n2,Bob, None ,unknown,,Boss\n"
        "3,n/a,01.02.2024,a,b,x\n4,Dan,02.02.2024,a,b,N/A\n",
    )
    assert company.only().rows_excluded == 1
    assert company.rows("users", "user_id, updated_at, team, role") == [
        ("1", "2020-01-01", None, "seller"),
        ("2", "2020-01-01", None, "head"),
        ("4", "2024-02-02", "ab", "seller"),
    ]


def test_sums_differences_and_quotients(company):
    rule = '{column: a, plus: [b], minus: c, number: "1.234,56", empty: "--"}'
    rows = ["1.000,50;2;0,5", "10;--;", ";5;1", ";;7", "--;--;--", "1;x;2", "-5;(5);-5"]
    read = _payments(company, rule, rows, "a;b;c")
    assert read == ["1002", "10", "4", None, None, None, "-5"]
    assert company.quarantine("row_number, value, reason")[2] == (
        *(7, "x"),
        'amount: "x" is not a number written like 1.234,56',
    )


@pytest.mark.parametrize("divisor", ["1000000", "100", "60", "1.5", "1"])
def test_divided_numbers(company, divisor):
    written = random.Random(divisor)
    numbers = [written.randrange(-(10**9), 10**9) for _ in range(50)]
    read = _payments(company, f"{{column: x, divide_by: {divisor}}}", list(map(str, numbers)), "x")
    exact = [Decimal(number) / Decimal(divisor) for number in numbers]
    assert all(
        abs(Decimal(text) - right) <= Decimal("0.000001")
        for text, right in zip(read, exact, strict=True)
    )


def test_a_percentage_is_divided_with_or_without_its_sign(company):
    rows = ["10 %", "55,5%", "100", "(5 %)", "−5%", "%", "5%%", "%5"]
    read = _payments(company, '{column: x, number: "1.234,56", divide_by: 100}', rows, "x")
    assert read == ["0.1", "0.555", "1", "-0.05", "-0.05", None, None, None]


def test_millionths_are_exact(company):
    read = _payments(
        company,
        "{column: x, divide_by: 1000000}",
        ["345670000", "98500000", "1", "9007199254740993"],
        "x",
    )
    assert read == ["345.67", "98.5", "0.000001", "9007199254.740993"]


def _examples():
    """The mappings that the description shows, by name."""
    text = (PROJECT_ROOT / "ingestion/mappings/README.md").read_text()
    shown = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    return {yaml.safe_load(example).get("name"): example for example in shown}


def test_the_example_of_arithmetic(company):
    company.map(_examples()["direct"])
    company.deliver(
        "direct_may.csv",
        "Day,Id,Campaign,Group,Cost,Fee,Bonus\n2024-02-01,1,x,-,345 670 000,N/A,670000\n"
        "2024-02-02,2,x,a,98500000,1 500 000,--\n",
    )
    company.land()
    assert company.quarantine() == []
    assert company.rows("ad_spend", "cost, ad_group") == [("345", None), ("100", "a")]


LENGTHS = {
    "h:mm:ss": [
        "{h:02}:{m:02}:{s:02}",
        "{h}:{m:02}:{s:02}",
        "{h}h {m}m {s}s",
        "{h} hours, {m} minutes, {s} seconds",
        "{h} ч {m} мин. {s} сек.",
        "PT{h}H{m}M{s}S",
        "0 days, {h}:{m:02}:{s:02}",
    ],
    "h:mm": ["{h}:{m:02}:{s:02}", "{h}h{m}min{s}s"],
}


@pytest.mark.parametrize("example", LENGTHS)
def test_a_length_of_time_is_the_same_however_it_is_written(company, example):
    written = random.Random(example)
    rows, expected = [], []
    for form in LENGTHS[example] * 20:
        h, m, s = written.randrange(30), written.randrange(60), written.randrange(60)
        rows.append(form.format(h=h, m=m, s=s))
        expected.append(str(h * 3600 + m * 60 + s))
    read = _payments(company, f'{{column: x, duration: "{example}"}}', rows, "x")
    wrong = [line for line in zip(rows, expected, read, strict=True) if line[1] != line[2]]
    assert wrong == []


@pytest.mark.parametrize(
    ("example", "lengths"),
    [
        (
            "h:mm:ss",
            {"6 days, 21:07:26": "594446", "23m 17s": "1397", "1 day": "86400", "3:12": "192"}
            | {"192": "192", "soon": None, "1h 30": None, "-": None, "0s": "0"},
        ),
        ("h:mm", {"1:30": "5400", "2 days, 1:30": "178200", "45s": "45"}),
    ],
)
def test_lengths_in_days_in_two_numbers_and_none(company, example, lengths):
    rule = f'{{column: x, duration: "{example}"}}'
    assert _payments(company, rule, list(lengths), "x") == list(lengths.values())


def test_moments_that_are_numbers_or_stand_in_two_columns(company):
    company.map(
        "files: own.csv\nentity: users\ncolumns:\n  user_id: Id\n  name: Id\n"
        '  updated_at: {column: At, format: [epoch_ms, "%d.%m.%Y %H:%M:%S"], '
        "timezone: Europe/Warsaw, fallback: {concat: [Day, Time], "
        'separator: " ", format: [excel_serial, "%d.%m.%Y %H:%M:%S"], timezone: Europe/Warsaw}}\n'
    )
    company.deliver(
        "own.csv",
        "Id,At,Day,Time\n1,1746266710123,,\n2,03.05.2025 14:05:10,,\n"
        "3,,03.05.2025,14:05:10\n4,,45780.5869213,\n5,,45780,\n6,12.5x,,\n",
    )
    company.land()
    rows = company.query("select user_id, updated_at::timestamptz::varchar from raw.users")
    assert sorted(rows) == [
        ("1", "2025-05-03 10:05:10.123+00"),
        ("2", "2025-05-03 12:05:10+00"),
        ("3", "2025-05-03 12:05:10+00"),
        ("4", "2025-05-03 12:05:10+00"),
        ("5", "2025-05-03 00:00:00+00"),
    ]


FACTORS = {"epoch": 1, "epoch_ms": 1000, "epoch_us": 1_000_000}


@pytest.mark.parametrize("word", FACTORS)
def test_a_day_can_be_counted_too(company, word):
    company.map(
        "files: own.csv\nentity: time_entries\ncolumns:\n  entry_id: Id\n  user_id: Id\n"
        f"  date: {{column: At, format: {word}}}\n  activity: {{value: selling}}\n"
        '  hours: {column: Spent, duration: "h:mm", divide_by: 3600}\n'
    )
    company.deliver("own.csv", f"Id,At,Spent\n1,{1746230400 * FACTORS[word]},1:30\n")
    assert company.only().rows_loaded == 1
    assert company.rows("time_entries", "date, hours") == [("2025-05-03", "1.5")]


def test_one_of_the_values_in_a_cell(company):
    company.map(
        "files: own.csv\nentity: manual_costs\ncolumns:\n"
        '  cost_id: {column: Week, part: {by: "-", number: 1}}\n'
        '  date_from: {column: Week, part: {by: "-", number: 1}, format: "%d.%m.%Y"}\n'
        '  date_to: {column: Week, part: {by: "-", number: -1}, format: "%d.%m.%Y"}\n'
        '  source: {column: From, part: {by: " / ", number: 1}, values: {ggl: google}, '
        "fallback: From}\n"
        '  medium: {column: From, part: {by: " / ", number: 2}, empty: (none)}\n'
        '  amount: {column: Sum, part: {by: " of ", number: 1}, number: "1 234,56"}\n'
        "  currency: {value: EUR}\n"
    )
    company.deliver(
        "own.csv",
        "Week;From;Sum\n27.05.2024 - 02.06.2024;GGL / cpc;1 234,50 zł of 2 000 zł\n"
        "03.06.2024;fair / (none);5\n10.06.2024-;radio;7\n",
    )
    result = company.only()
    assert company.rows("manual_costs", "cost_id, date_from, date_to, source, medium, amount") == [
        ("27.05.2024", "2024-05-27", "2024-06-02", "google", "cpc", "1234.50"),
        ("03.06.2024", "2024-06-03", "2024-06-03", "fair / (none)", None, "5"),
    ]
    assert result.rows_quarantined == 1
    assert company.quarantine() == [
        (4, "date_to", "date_to: a value is required and the cell is empty")
    ]


def test_blanks_inside_a_cell_change_no_word(company):
    company.map(
        "files: own.csv\nentity: users\ncolumns:\n  user_id: Id\n  name: Id\n"
        '  role: {column: Role, values: {"in work": works, "off  duty": away}}\n'
        'where: {Team: {not in: ["test team", "old"]}, Id: {not like: "no  one*"}}\n'
    )
    company.deliver(
        "own.csv",
        'Id,Role,Team\n1,In  work,a\n2,"in\nWORK",b\n3,off duty,c\n4,in work,Test \u00a0Team\n'
        "No  one 5,in work,d\n",
    )
    result = company.only()
    assert (result.rows_quarantined, result.rows_excluded) == (0, 2)
    assert company.rows("users", "user_id, role") == [
        ("1", "works"),
        ("2", "works"),
        ("3", "away"),
    ]


def test_parts_and_values(company):
    company.map(
        "files: own.csv\nentity: users\ncolumns:\n"
        '  user_id: {concat: [{text: "u-"}, Id]}\n'
        '  name: {concat: [First, Second, Last], separator: " "}\n'
        "  role: {column: Role, values: {Boss: head}, fallback: {column: Role}}\n"
        "  team: {column: Team, values: {NORTH: n, south: s}, otherwise: other}\n"
    )
    company.deliver(
        "own.csv",
        "Id,First,Second,Last,Role,Team\n1,A,,B,BOSS,North\n,A,,B,x,\n"
        "2,A,B,C,clerk,East\n3,,,Z,,SOUTH\n",
    )
    company.land()
    assert company.rows("users", "user_id, name, role, team") == [
        ("u-1", "A B", "head", "n"),
        ("u-2", "A B C", "clerk", "other"),
        ("u-3", "Z", None, "s"),
    ]


def test_the_example_of_a_call_log(company):
    company.map(_examples()["pbx"])
    company.deliver(
        "pbx_calls.csv",
        "ID;Date;Time;Caller;Result;Talk\n9001;03.05.2023;14:05:10;600;answered;00:03:12\n"
        "9002;03.05.2023;14:40:00;601;No Answer;\n",
    )
    assert company.only().rows_loaded == 2
    columns = "call_id, started_at::timestamptz::varchar, status, talk_seconds"
    assert company.rows("calls", columns) == [
        ("pbx-9001", "2023-05-03 12:05:10+00", "answered", "192"),
        ("pbx-9002", "2023-05-03 12:40:00+00", "missed", None),
    ]


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ("{like: 'Te?t*'}", [1, 2]),
        ("{not like: [te*, '*%*']}", [4, 5, 6, 7]),
        ("{like: '*10%_*'}", [3]),
        ("{in: [TEST, '']}", [1, 7]),
        ("{from: 9, to: 10}", [4]),
        ("{from: 2024-01-02}", [6]),
        ("{to: 2024-01-01}", [5]),
    ],
)
def test_rows_are_kept_by_pattern_list_or_range(company, condition, kept):
    company.map(
        "files: own.csv\nentity: users\ncolumns: {user_id: Id, name: Id}\n"
        f"where: {{State: {condition}}}\n"
    )
    states = ["test", "Text 2", "10%_x", "10.0", "2024-01-01 23:59", "2024-01-02", ""]
    lines = [f"{at},{state}" for at, state in enumerate(states, 1)]
    company.deliver("own.csv", "\n".join(["Id,State", *lines]) + "\n")
    result = company.only()
    assert company.rows("users", "user_id::int") == [(at,) for at in kept]
    assert result.rows_excluded == len(states) - len(kept)


def test_paths_lead_into_records(company):
    company.map(
        "files: own.jsonl\nentity: users\ncolumns:\n  user_id: id\n  name: who.names.0\n"
        "  email: Who.a/b\n  team: who.team\n  role: who.role.title\n"
        "where: {who.kind: {not in: [bot]}}\n"
    )
    company.deliver(
        "own.jsonl",
        '{"id": "1", "who": {"names": ["Ann", "B"], "a/b": "x@y.example"}, "who.team": "plain"}\n'
        '{"id": "2", "who": {"names": ["Bob"], "kind": "Bot"}}\n'
        '{"id": "3", "who": {"names": ["Cid"], "role": {"title": " "}, "n": 1.50}}\n'
        '{"id": "4", "who": "nobody"}\n',
    )
    result = company.only()
    assert (result.rows_excluded, result.rows_quarantined) == (1, 1)
    assert company.rows("users", "user_id, name, email, team, role") == [
        ("1", "Ann", "x@y.example", "plain", None),
        ("3", "Cid", None, None, None),
    ]


def test_a_record_without_a_path_that_is_needed_is_named(company):
    company.map("files: own.jsonl\nentity: users\ncolumns: {user_id: id, name: who.name}\n")
    company.deliver("own.jsonl", '{"id": "1"}\n')
    assert "lacks the column who.name, which mapping" in company.only().error


def test_the_example_of_records(company):
    company.map(_examples()["hubspot"])
    company.deliver(
        "hs_contacts.jsonl",
        '{"id": "1", "properties": {"createdate": "2024-02-03T10:05:10Z", "email": "a@b.pl"}}\n'
        '{"id": "2", "properties": {"createdate": "2024-02-03T10:05:10Z", "email": "test@b.pl"}}\n',
    )
    assert company.only().rows_excluded == 1
    assert company.rows("contacts", "contact_id, email") == [("1", "a@b.pl")]


DAYS = [
    ('["%d.%m.%Y", "%d.%m.%y"]', "15.03.26", "2026-03-15"),
    ('["%d.%m.%Y", "%d.%m.%y"]', "15.03.2026", "2026-03-15"),
    ('["%d.%m.%Y %H:%M", "%d.%m.%y %H:%M"]', "15.03.26 09:05", "2026-03-15 09:05:00"),
    ('["%d%m%Y", "%Y%m%d"]', "20110311", "2011-03-11"),
    ('"%d.%m.%Y"', "01.01.0001", None),
    ('["%d.%m.%Y", "%d.%m.%y"]', "31.12.9999", None),
    ('"%d.%m.%Y"', "15.03.26", 'updated_at: "15.03.26" is not written as %d.%m.%Y'),
]


@pytest.mark.parametrize(("format_", "written", "lands"), DAYS)
def test_a_format_that_gives_no_moment_has_not_read_the_cell(company, format_, written, lands):
    company.map(
        "files: own.csv\nentity: users\n"
        f"columns: {{user_id: id, name: id, updated_at: {{column: at, format: {format_}}}}}\n"
    )
    company.deliver("own.csv", f"id,at\n1,{written}\n")
    company.land()
    read = company.query(
        "select updated_at from raw.users union all select reason from raw_ledger.quarantine"
    )
    assert read == [(lands,)]


def test_messages_and_delivered_quote_the_cell_as_it_was(company):
    company.map(
        """
        files: own.csv
        entity: ad_spend
        columns:
          date: {column: Day, format: ["%d.%m.%Y"]}
          platform: {value: p}
          account_id: {value: a}
          campaign_id: Camp
          cost: {column: Cost, number: "1 234,56"}
          clicks:
            {column: Clicks, number: "1 234,56", fallback: {column: Views, number: "1 234,56"}}
          impressions: {column: Shown, plus: More, number: "1 234,56"}
          currency: {column: Cur, values: {e: eur}}
        """
    )
    company.deliver(
        "own.csv",
        "Day;Camp;Cost;Clicks;Views;Shown;More;Cur\n"
        "01.02.0026;A;1;1;;;;e\n01.02.2026;A;1;;;;;e\n01.02.2024;A;1;-1 000;;;;e\n"
        "01.02.2024;A;1;1,5;;;;e\n01.02.2024;A;1;;2,50;;;e\n01.02.2024;A;1;;;-2;-0,6;e\n"
        "01.02.2024;A;1;;;;;e\n",
    )
    company.map(
        'files: deal.csv\nentity: deals\ncolumns: {deal_id: Id, created_at: {value: "2024-01-01"}, '
        'pipeline: {value: p}, closed_at: {column: C, format: ["%d.%m.%Y"]}}\n',
        "deal.yml",
    )
    company.deliver("deal.csv", "Id,C\n1,31.12.9999\n")
    company.land()
    assert company.quarantine("row_number, reason, value") == [
        (2, 'date: "01.02.0026" is no moment: only those from 1900 to 2199 are', "01.02.0026"),
        (
            3,
            'date: "01.02.2026" is after 2024-03-02, the day after the delivery day: an event '
            "cannot lie ahead",
            "01.02.2026",
        ),
        (4, 'clicks: "-1 000" is less than 0', "-1 000"),
        (5, 'clicks: "1,5" is not a whole number of 64 bits', "1,5"),
        (6, 'clicks: "2,50" is not a whole number of 64 bits', "2,50"),
        (7, 'impressions: "-3" is less than 0', "-3"),
    ]
    assert company.rows("ad_spend", "currency, _delivered") == [("EUR", '{"currency":"e"}')]
    assert company.rows("deals", "_delivered") == [('{"closed_at":"31.12.9999"}',)]


LANGUAGES = ["cs", "de", "en", "es", "fr", "id", "it", "nl", "pl", "pt", "ro", "ru", "tr", "uk"]


def test_names_of_months_are_read_in_many_languages(company):
    """As the CLDR's rules write days and months, and as people cut them short."""
    written = [
        (format_date(day, pattern, language), day)
        for language in LANGUAGES
        for day in (date(2025, month, 11) for month in range(1, 13))
        for pattern in ("d MMMM y", "d MMM y", "d LLLL y", "d LLL y")
    ]
    written += [(text.upper(), day) for text, day in written if text.isascii()]
    written += [("3 сен 2025", date(2025, 9, 3)), ("3 ЯНВ. 2025", date(2025, 1, 3))]
    company.map(
        "files: own.csv\nentity: users\n"
        'columns: {user_id: id, name: id, updated_at: {column: at, format: "%d %b %Y"}}\n'
    )
    lines = [f"{at},{text}" for at, (text, _) in enumerate(written)]
    company.deliver("own.csv", "\n".join(["id,at", *lines, "x,3 jui 2025", "y,3 tomorrow 2025"]))
    company.land()
    assert company.query("select updated_at from raw.users order by user_id::int") == [
        (day.isoformat(),) for _, day in written
    ]
    assert company.quarantine("value") == [("3 jui 2025",), ("3 tomorrow 2025",)]


def test_no_name_of_a_month_means_another_one_elsewhere():
    meant: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for use in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in Locale(language).months[use][width].items():
                    meant.setdefault(name.lower().strip("."), set()).add(number)
    assert [name for name, numbers in meant.items() if len(numbers) > 1] == []


def test_a_month_that_a_spreadsheet_made_a_day_is_the_month(company):
    rows = "2024-02-01,company,leads,5\n2024-02,company,calls,6\n"
    company.deliver("targets.csv", f"month,level,metric,target\n{rows}")
    company.land()
    assert company.query("select distinct month from raw.targets") == [("2024-02",)]


def test_a_month_alone_is_its_first_day_or_the_month(company):
    company.map(
        "files: own.csv\nentity: targets\ncolumns: {month: {column: Month, format: '%B %Y'}, "
        "level: {value: company}, metric: {value: leads}, target: Plan}\n"
    )
    company.deliver("own.csv", "Month,Plan\nStyczeń 2025,1\nгрудень 2025,2\nMärz 2025,3\n")
    company.land()
    assert company.query("select month from raw.targets order by target") == [
        ("2025-01",),
        ("2025-12",),
        ("2025-03",),
    ]


def test_iso_beside_other_writings_of_a_moment(company):
    written = [
        ("2026-03-03T13:29:53Z", "2026-03-03T13:29:53Z"),
        ("2026-08-04 01:07:25 +02:00", "2026-08-04 01:07:25+02:00"),
        ("1777966162000", "2026-05-05T07:29:22.000000Z"),
        ("04.08.2026 10:00", "2026-08-04 08:00:00+00"),
        ("2026-08-04 10:00", "2026-08-04 08:00:00+00"),
        ("2026-08-04", "2026-08-04"),
    ]
    company.map(
        "files: own.csv\nentity: users\ncolumns: {user_id: id, name: id, updated_at: {column: at, "
        'format: [iso, epoch_ms, "%d.%m.%Y %H:%M"], timezone: Europe/Warsaw}}\n'
    )
    lines = [f"{number},{text}" for number, (text, _) in enumerate(written)]
    company.deliver("own.csv", "\n".join(["id,at", *lines, "9,2026-13-04T10:00:00Z"]))
    company.land()
    assert company.rows("users", "updated_at") == [(expected,) for _, expected in written]
    assert company.quarantine("reason") == [
        ('updated_at: "2026-13-04T10:00:00Z" is not written as iso or epoch_ms or %d.%m.%Y %H:%M',)
    ]


def test_a_letter_is_no_time_zone(company):
    company.map(
        "files: own.csv\nentity: users\ncolumns: {user_id: id, name: id, "
        'updated_at: {column: at, format: "%Y-%m-%dT%H:%M:%SZ"}}\n'
    )
    company.deliver("own.csv", "id,at\n1,2026-03-03T13:29:53Z\n")
    with pytest.raises(LandingError, match="Z is read as a letter, not as UTC"):
        company.land()


def test_an_offset_beside_patterns_without_one(company):
    company.map(
        "files: own.csv\nentity: users\ncolumns: {user_id: id, name: id, "
        'updated_at: {column: at, format: ["%Y-%m-%dT%H:%M:%S%z", "%d.%m.%Y %H:%M"]}}\n'
    )
    company.deliver("own.csv", "id,at\n1,2026-03-03T13:29:53+02:00\n2,03.03.2026 13:29\n")
    company.land()
    assert company.rows("users", "updated_at") == [
        ("2026-03-03T11:29:53.000000Z",),
        ("2026-03-03 13:29:00",),
    ]


def test_a_document_of_many_members_needs_memory_for_its_members_alone(company):
    """Each of them once carried the whole list: 4,000 members of a page took 13 GB."""
    company.settings = company.settings.model_copy(update={"memory_limit": "300MB"})
    company.map(
        "files: page.json\nentity: users\nexplode: list\n"
        "columns: {user_id: list.id, name: list.name}\n"
    )
    members = [{"id": f"u{number}", "name": "x" * 150} for number in range(5_000)]
    company.deliver("page.json", json.dumps({"list": members}))
    assert company.only().rows_loaded == 5_000


def test_rows_are_looked_up_among_the_members_of_a_list(company):
    mapping = (
        "files: c.csv\nentity: users\n"
        "lookup: {file: owners.json, %skey: {agent: results.email}, columns: {uid: results.id}}\n"
        "columns: {user_id: uid, name: agent}\n"
    )
    company.map("ignore: owners.json\n", "ignore.yml")
    company.map(mapping % "")
    owners = [{"id": at, "email": f"{name}@v.com"} for at, name in ((7, "ann"), (8, "bo"))]
    company.deliver("owners.json", json.dumps({"results": owners}))
    company.deliver("c.csv", "agent\nann@v.com\nBo@v.com\n")
    assert "has no row with a value in results.email" in company.only().error
    company.map(mapping % "explode: results, ")
    company.land()
    assert company.rows("users", "user_id") == [("7",), ("8",)]


@pytest.mark.parametrize("name", ["own.csv.gz", "own.csv.zip", "own.zip"])
def test_a_pattern_takes_the_packed_file_too(company, name):
    company.map("files: own*.csv\nentity: users\ncolumns: {user_id: id, name: id}\n")
    content = b"id\n1\n"
    packed = io.BytesIO()
    if name.endswith(".gz"):
        packed.write(gzip.compress(content))
    else:
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("own.csv", content)
    company.deliver(name, packed.getvalue())
    company.land()
    assert company.rows("users", "user_id") == [("1",)]


def test_a_share_of_a_day_without_its_format_is_no_length_of_time(company):
    company.map(
        "files: own.csv\nentity: calls\ncolumns: {call_id: id, started_at: at, direction: "
        "{value: in}, status: {value: missed}, talk_seconds: {column: talk, duration: 'h:mm:ss'}}\n"
    )
    rows = [f"{at},2024-02-01,{talk}" for at, talk in enumerate(("0", "192.4", "0.0022", "0:03"))]
    company.deliver("own.csv", "id,at,talk\n" + "\n".join(rows))
    company.land()
    assert company.rows("calls", "talk_seconds") == [("0",), ("192",), ("3",)]
    assert company.quarantine("value") == [("0.0022",)]


def test_values_of_a_cell_are_split_at_their_own_mark(company):
    company.map(
        "files: own.csv\nentity: deals\ncolumns: {deal_id: id, created_at: at, pipeline: id, "
        'tags: {column: tags, split: ","}}\n'
    )
    rows = ['1,2024-02-01,"акція, VIP,"', "2,2024-02-01,VIP", '3,2024-02-01," , "', "4,2024-02-01,"]
    company.deliver("own.csv", "id,at,tags\n" + "\n".join(rows))
    company.land()
    assert company.rows("deals", "tags") == [("акція;VIP",), ("VIP",), (None,), (None,)]


def test_one_of_several_sets_of_conditions_is_enough(company):
    company.map(
        "files: team*\nentity: users\ncolumns: {user_id: Id, name: Name}\n"
        "where:\n- {Id: not empty, Role: boss}\n- {Id: not empty, Role: empty, Name: {like: a*}}\n"
    )
    company.deliver("team-1.csv", "Id,Name,Role\n1,Zoe,boss\n2,Ann,\n3,Ada,clerk\n4,Bob,\n,Al,\n")
    company.deliver("team-2.csv", "Id,Name\n5,Amy\n6,Cid\n")
    company.deliver("team-3.csv", "Name\nAmy\n")
    first, second, third = company.land()
    assert (first.rows_loaded, first.rows_excluded) == (2, 3)
    assert (second.rows_loaded, second.rows_excluded) == (1, 1)
    assert company.rows("users", "user_id") == [("1",), ("2",), ("5",)]
    # What every set asks is needed.
    assert third.error is not None
    assert "lacks the column Id, which" in third.error


def test_a_moment_that_may_be_written_in_many_ways_names_its_cell_a_few_times():
    """What a rule repeats inside what it repeats grows to SQL that takes seconds to read."""
    formats = ("iso", "epoch_ms", "%d.%m.%Y %H:%M", "%d %b %Y")
    column = next(each for each in ENTITIES["users"].columns if each.name == "updated_at")
    compiled = read_moment(formats, "Europe/Warsaw", column, "the_cell", None)
    assert compiled.value.count("the_cell") < 50
    assert compiled.fault.count("the_cell") < 50
