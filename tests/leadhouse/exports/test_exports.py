"""Exports: what is in the files is what is in the tables, and spreadsheets obey none of it."""

import codecs
import csv
import os
import stat
import subprocess
import sys
import tempfile
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from published_company import environment, in_zone, publish, settings_of
from python_calamine import CalamineWorkbook
from workbook import cells_of

from leadhouse.cli.export import export
from leadhouse.errors import LeadhouseError
from leadhouse.exports import files
from leadhouse.exports.export import export_table
from leadhouse.exports.tables import SHORT_NAMES, choose_table, select_rows
from leadhouse.paths import PROJECT_ROOT

FORMATS = ["csv", "xlsx", "parquet"]
FORMULAS = ["=1+1", "+48 600", "-2", "@SUM(A1)", "\t=1", "\r=1"]


def deal(deal_id, created, **more):
    return {
        "deal_id": deal_id,
        "created_at": datetime.fromisoformat(f"{created}T10:30:00+00:00"),
        "created_date": date.fromisoformat(created),
        **more,
    }


DEALS = [
    deal("4400000000000000216", "2024-01-10", amount_rc=Decimal("1297.23"), source="google",
         is_won=True, outcome_date=date(2024, 2, 1), cycle_days=21.123456789012345),
    deal("4400000000000000217", "2024-01-10", amount_rc=Decimal("-0.10"), source="google",
         campaign="=cmd|' /C calc'!A1", is_won=False, outcome_date=date(2024, 1, 20)),
    deal("9", "2024-01-31", amount_rc=Decimal("9999999999999.99"), source="facebook",
         tags="vip; urgent;żółty", campaign="zażółć\n\"gęślą\", <b>&amp;</b>",
         sessions_before_contact=3),
    deal("10", "2024-02-01", source=None, campaign="", is_won=True, outcome_date=date(2024, 2, 2),
         tags="vip"),
    deal("11", "2024-03-31", amount_rc=Decimal("0.01"), source="direct", is_won=False),
]  # fmt: skip


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    home = tmp_path_factory.mktemp("company")
    journey = [
        {"person_id": person, "event_no": number, "occurred_at": datetime(*at, tzinfo=UTC),
         "event_id": f"{person}-{number}"}
        for person, number, at in [
            ("p2", 2, (2024, 1, 10, 22, 59, 59)),
            ("p2", 1, (2024, 1, 9, 23, 0)),
            ("p1", 10, (2024, 1, 10, 12)),
            ("p1", 9, (2024, 1, 10, 12)),
            ("p3", 1, (2024, 1, 10, 23, 0)),
        ]
    ]  # fmt: skip
    calls = [
        {"call_id": name, "started_date": date.fromisoformat(day), "is_answered": answered}
        for name, day, answered in [
            ("c2", "2024-01-10", True), ("c1", "2024-01-10", False), ("c3", "2024-01-11", None)
        ]
    ]  # fmt: skip
    months = [
        {"month": date(2024, month, 1), "channel": channel, "spend_rc": Decimal("0.10")}
        for month in (1, 2, 3)
        for channel in ("SEO", None, "Blogs")
    ]
    return publish(
        home,
        {
            "reports.rpt_deal_journal": DEALS,
            "pii.rpt_deal_journal": [
                row | {"email": "jan@example.test", "phone": "+48600100200"} for row in DEALS
            ],
            "reports.rpt_journey": journey,
            "marts.fct_calls": calls,
            "reports.rpt_channel_return": months,
            "reports.rpt_scorecard": [
                {"month": date(2024, month, 1), "user_id": user_id, "team": "(none)"}
                for month in (1, 2)
                for user_id in ("u2", "u1")
            ],
            "marts.fct_tasks": [
                {"task_id": name, "created_date": date.fromisoformat(day), "due_date": due}
                for name, day, due in [
                    ("t2", "2024-01-10", date(2024, 2, 1)),
                    ("t1", "2024-01-10", None),
                    ("t3", "2024-01-11", date(2024, 1, 10)),
                ]
            ],
            "reports.rpt_missed_calls": [
                {"call_id": name, "started_date": date(2024, 1, day), "outcome": "lost"}
                for name, day in [("m2", 10), ("m1", 10), ("m3", 11)]
            ],
            "marts.fct_attributes": [
                dict(zip(("entity", "id", "name", "value"), row, strict=True))
                for row in [
                    ("deals", "9", "quality", "good"),
                    ("deals", "10", "quality", "bad"),
                    ("deals", "9", "deal_id", "10"),
                    ("calls", "c2", "quality", "good"),
                ]
            ],
        },
    )


def exported(settings, out, table="deal-journal", kind="parquet", **more):
    """The rows of an export as dictionaries, read from the file alone."""
    path = out / f"{table}.{kind}"
    rows = export_table(settings, table, kind, path, **more)
    found = read(path)
    assert len(found) == rows
    return found


def read(path):
    if path.suffix == ".parquet":
        with duckdb.connect() as con:
            con.execute("set TimeZone = 'UTC'")
            cursor = con.execute("from read_parquet(?)", [str(path)])
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if path.suffix == ".xlsx":
        header, rows = cells_of(path)
        return [dict(zip(header, row, strict=True)) for row in rows]
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def ids(rows, column="deal_id"):
    return [row[column] for row in rows]


# --- what is written --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_has_every_row_in_order_with_its_exact_money(company, tmp_path, kind):
    rows = exported(company, tmp_path, kind=kind)
    assert ids(rows) == ["4400000000000000216", "4400000000000000217", "9", "10", "11"]
    amounts = [row["amount_rc"] for row in rows if row["amount_rc"] not in (None, "")]
    assert sum(Decimal(str(amount)) for amount in amounts) == Decimal("10000000001297.13")
    assert float(rows[0]["cycle_days"]) == 21.123456789012345


def test_csv_is_utf8_with_the_mark_that_excel_needs(company, tmp_path):
    exported(company, tmp_path, kind="csv")
    text = (tmp_path / "deal-journal.csv").read_bytes().decode()
    assert text.startswith("\ufeffdeal_id,contact_id,person_id,created_at (Europe/Warsaw),")
    assert "\n4400000000000000216,,,2024-01-10 11:30:00,2024-01-10," in text
    assert ",1297.23," in text


def test_xlsx_has_real_dates_numbers_and_text_ids(company, tmp_path):
    exported(company, tmp_path, kind="xlsx")
    sheet = CalamineWorkbook.from_path(tmp_path / "deal-journal.xlsx").get_sheet_by_index(0)
    header, *rows = sheet.to_python()
    first = dict(zip(header, rows[0], strict=True))
    assert first["deal_id"] == "4400000000000000216"
    assert first["created_at (Europe/Warsaw)"] == datetime(2024, 1, 10, 11, 30)
    assert first["created_date"] == date(2024, 1, 10)
    assert first["amount_rc"] == 1297.23
    assert first["is_won"] is True
    with zipfile.ZipFile(tmp_path / "deal-journal.xlsx") as file:
        styles = file.read("xl/styles.xml").decode()
    for look in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"):
        assert f'formatCode="{look}"' in styles


def test_parquet_keeps_names_types_and_texts(company, tmp_path):
    rows = exported(company, tmp_path, kind="parquet")
    assert rows[0]["created_at"] == datetime(2024, 1, 10, 10, 30, tzinfo=UTC)
    assert rows[0]["amount_rc"] == Decimal("1297.23")
    assert rows[1]["campaign"] == "=cmd|' /C calc'!A1"
    assert (rows[3]["source"], rows[3]["campaign"]) == (None, "")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_times_are_those_of_the_zone_on_the_day_the_clocks_change(tmp_path, kind):
    row = deal("d", "2024-03-31") | {"created_at": datetime(2024, 3, 31, 1, 0, tzinfo=UTC)}
    settings = publish(tmp_path / "home", {"reports.rpt_deal_journal": [row]})
    (warsaw,) = exported(settings, tmp_path, kind=kind)
    (london,) = exported(in_zone(settings, "America/New_York"), tmp_path, kind=kind)
    said = {"csv": ("2024-03-31 03:00:00", "2024-03-30 21:00:00"), "xlsx": (45382.125, 45381.875)}
    assert warsaw["created_at (Europe/Warsaw)"] == said[kind][0]
    assert london["created_at (America/New_York)"] == said[kind][1]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_is_never_a_formula(tmp_path, kind, text):
    settings = publish(
        tmp_path / "home", {"reports.rpt_deal_journal": [deal("d", "2024-01-01", campaign=text)]}
    )
    (row,) = exported(settings, tmp_path, kind=kind)
    assert row["campaign"] == text_in(kind, text)


def test_days_that_excel_cannot_count_stay_text(tmp_path):
    days = ["1900-02-28", "1900-03-01", "9999-12-31", "0001-01-01"]
    settings = publish(
        tmp_path / "home",
        {"reports.rpt_deal_journal": [
            deal(day, "2024-01-01", closed_date=date.fromisoformat(day)) for day in days
        ]},
    )  # fmt: skip
    rows = exported(settings, tmp_path, kind="xlsx")
    found = {row["deal_id"]: row["closed_date"] for row in rows}
    assert found == {
        "1900-02-28": "1900-02-28", "1900-03-01": 61, "9999-12-31": 2958465,
        "0001-01-01": "0001-01-01",
    }  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
def test_an_empty_selection_is_a_file_with_a_header(company, tmp_path, kind):
    assert exported(company, tmp_path, kind=kind, first="2030-01-01") == []
    if kind == "xlsx":
        assert cells_of(tmp_path / "deal-journal.xlsx")[0][0] == "deal_id"


def test_a_text_longer_than_a_cell_is_refused_for_xlsx_alone(tmp_path):
    long = "ż" * 32_768
    settings = publish(
        tmp_path / "home",
        {"reports.rpt_deal_journal": [
            deal("d", "2024-01-01", campaign=long),
            deal("e", "2024-01-02", campaign="ż" * 32_767),
        ]},
    )  # fmt: skip
    with pytest.raises(LeadhouseError, match='"campaign" has 32,768 characters'):
        exported(settings, tmp_path, kind="xlsx")
    assert exported(settings, tmp_path, kind="csv")[0]["campaign"] == long
    assert len(exported(settings, tmp_path, kind="xlsx", first="2024-01-02")) == 1


def test_more_rows_than_a_sheet_holds_are_refused(company, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_MOST_ROWS", 4)
    with pytest.raises(LeadhouseError, match="These are 5 rows, and a sheet of Excel holds 4"):
        exported(company, tmp_path, kind="xlsx")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NASTY = ["_x0041_", "_x0041_x0042_", "<r><t>bold</t></r>", "]]>", "'", '"', " x ", "\n", "\x00",
         "\ufffe", "\ufeff", "a\r\nb", "&#10;", "NULL", "👍", "0012", "1e5", *FORMULAS]  # fmt: skip
CELLS = st.one_of(st.none(), TEXTS, st.sampled_from(NASTY))
MONEY = st.decimals(min_value=-(10**11), max_value=10**11, places=2)
ROWS = st.lists(
    st.tuples(CELLS, CELLS, st.none() | MONEY, st.none() | st.floats(allow_nan=False, width=64,
              allow_infinity=False), st.none() | st.integers(-(2**53), 2**53)),
    max_size=20,
)  # fmt: skip


@pytest.mark.slow
@given(ROWS)
@example([(text, None, None, None, None) for text in NASTY])
@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_read_back_is_what_was_published(rows):
    with tempfile.TemporaryDirectory() as folder:
        published = [
            deal(f"{number:04d}", "2024-01-01", campaign=campaign, source=source, amount_rc=money,
                 cycle_days=days, sessions_before_contact=count)
            for number, (campaign, source, money, days, count) in enumerate(rows)
        ]  # fmt: skip
        settings = publish(Path(folder) / "home", {"reports.rpt_deal_journal": published})
        for kind in FORMATS:
            found = exported(settings, Path(folder), kind=kind)
            assert ids(found) == [row["deal_id"] for row in published]
            for said, row in zip(found, published, strict=True):
                for column in ("campaign", "source"):
                    assert said[column] == text_in(kind, row[column])
                for column in ("cycle_days", "sessions_before_contact"):
                    assert number_in(said[column]) == row[column]
                money = number_in(said["amount_rc"], Decimal)
                assert money == row["amount_rc"] or float(money) == float(row["amount_rc"])


def text_in(kind, text):
    """What a cell of this format says for the text of the table."""
    if text is None:
        return "" if kind == "csv" else None
    harmful = kind == "csv" and text.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{text}" if harmful else text


def number_in(cell, kind=float):
    return None if cell in (None, "") else kind(cell)


# --- which rows -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"first": "2024-01-31"}, ["9", "10", "11"]),
        ({"last": "2024-01-10"}, ["4400000000000000216", "4400000000000000217"]),
        ({"first": "2024-01-31", "last": "2024-02-01"}, ["9", "10"]),
        ({"first": "2024-02-02", "last": "2024-03-30"}, []),
        (
            {"date_basis": "outcome", "first": "2024-01-20", "last": "2024-02-01"},
            ["4400000000000000217", "4400000000000000216"],
        ),
        ({"date_basis": "created", "last": "2024-01-09"}, []),
    ],
)
def test_the_period_is_inclusive_and_by_the_chosen_date(company, tmp_path, bounds, expected):
    assert ids(exported(company, tmp_path, **bounds)) == expected


def test_a_journey_is_cut_by_local_days(company, tmp_path):
    rows = exported(company, tmp_path, "journey", first="2024-01-10", last="2024-01-10")
    assert ids(rows, "event_id") == ["p1-9", "p1-10", "p2-1", "p2-2"]


def test_calls_are_cut_by_the_day_they_started(company, tmp_path):
    rows = exported(company, tmp_path, "calls", last="2024-01-10")
    assert ids(rows, "call_id") == ["c1", "c2"]


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2024-02-15", "2024-02-20", {2}),
        ("2024-01-31", "2024-02-01", {1, 2}),
        (None, None, {1, 2, 3}),
    ],
)
def test_channel_return_has_the_whole_months_that_the_period_touches(
    company, tmp_path, first, last, months
):
    rows = exported(company, tmp_path, "channel-return", first=first, last=last)
    assert {row["month"].month for row in rows} == months
    assert ids(rows, "channel")[:3] == ["Blogs", "SEO", None]


def test_every_short_name_is_a_published_table():
    for table in SHORT_NAMES.values():
        schema, name = table.split(".")
        assert list((PROJECT_ROOT / "models" / schema).rglob(f"*{name}.sql")), table


def test_leads_pipeline_and_forecast_are_cut_by_their_days_and_filtered(tmp_path):
    tables = {
        "leads": [
            {"lead_id": name, "opened_at": datetime(2024, 1, day, 9, tzinfo=UTC),
             "opened_date": date(2024, 1, day), "became_client_date": date(2024, 3, 1),
             "status": status}
            for name, day, status in [("b:1", 10, "open"), ("a:1", 9, "open"), ("b:2", 10, "lost")]
        ],
        "pipeline-daily": [
            {"date_day": date(2024, 1, day), "stage": stage, "deals_open": 1}
            for day, stage in [(10, "offer"), (9, "offer"), (10, "demo")]
        ],
        "forecast": [
            {"month": date(2024, month, 1), "forecast_date": date(2024, 1, 9), "method": method,
             "expected_deals": 1.5}
            for month, method in [(1, "run_rate"), (2, "run_rate"), (1, "stage_weighted")]
        ],
    }  # fmt: skip
    settings = publish(
        tmp_path / "home", {SHORT_NAMES[name]: rows for name, rows in tables.items()}
    )
    filters = {
        "leads": "status=open",
        "pipeline-daily": "stage=offer",
        "forecast": "method=run_rate",
    }
    for name, rows in tables.items():
        period = {"first": "2024-01-10", "last": "2024-01-31"}
        found = exported(settings, tmp_path, name, filters=[filters[name]], **period)
        assert found == rows[:1], name


@pytest.mark.parametrize(
    ("table", "column", "expected"),
    [
        ("tasks", "task_id", ["t1", "t2"]),
        ("missed-calls", "call_id", ["m1", "m2"]),
        ("scorecard", "user_id", ["u1", "u2"]),
    ],
)
def test_the_work_of_salespeople_is_exported_by_short_names(
    company, tmp_path, table, column, expected
):
    rows = exported(company, tmp_path, table, first="2024-01-10", last="2024-01-10")
    assert ids(rows, column) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["source=google"], ["4400000000000000216", "4400000000000000217"]),
        (["source=google", "source=facebook", "is_won=false"], ["4400000000000000217"]),
        (["source="], ["10"]),
        (["source=", "source=direct"], ["10", "11"]),
        (["amount_rc=1297.230"], ["4400000000000000216"]),
        (["created_date=2024-01-31"], ["9"]),
        (["created_at=2024-01-31 11:30"], ["9"]),
        (["sessions_before_contact=3.0"], ["9"]),
        (["campaign==cmd|' /C calc'!A1"], ["4400000000000000217"]),
        (["deal_id=10"], ["10"]),
        (["tags=vip"], ["9", "10"]),
        (["tags=urgent"], ["9"]),
        (["tags=vip; urgent;żółty"], ["9"]),
        (["tags="], ["4400000000000000216", "4400000000000000217", "11"]),
        (["quality=good"], ["9"]),
        (["quality=good", "quality=bad", "source="], ["10"]),
        (["quality=", "source=google"], ["4400000000000000216", "4400000000000000217"]),
        (["source=google", "amount_rc=0.01"], []),
    ],
)
def test_filters_combine_and_compare_by_type(company, tmp_path, filters, expected):
    assert ids(exported(company, tmp_path, filters=filters)) == expected


INJECTIONS = [
    "x' or '1'='1", "x' or 1=1 --", "'; drop table reports.rpt_deal_journal; --", "\\' or 1=1",
    "x'); attach 'x.duckdb'; --", "?", "$1", ":1", "x\" or \"1\"=\"1", "null", "%", "_",
    "x' union select * from reports.rpt_deal_journal --", "getvariable('pii_key')", "\x00",
    "*/ or 1=1 /*", "${HOME}", "read_text('/etc/hostname')", "google' --", "x;",
]  # fmt: skip


def test_attributes_filter_the_rows_of_their_entity_in_both_files(company, tmp_path):
    assert ids(exported(company, tmp_path, "calls", filters=["quality=good"]), "call_id") == ["c2"]
    assert ids(exported(company, tmp_path, pii=True, filters=["quality=bad"])) == ["10"]
    with pytest.raises(LeadhouseError, match="Did you mean quality"):
        exported(company, tmp_path, filters=["qualty=good"])
    with pytest.raises(LeadhouseError, match="'quality', which the table does not have"):
        exported(company, tmp_path, "channel-return", filters=["quality=good"])


@pytest.mark.parametrize("value", INJECTIONS)
def test_filter_values_are_values(company, tmp_path, value):
    with pytest.raises(LeadhouseError, match="no row has this value"):
        exported(company, tmp_path, filters=[f"source={value}"])
    with pytest.raises(LeadhouseError, match="does not have"):
        exported(company, tmp_path, filters=[f"{value.replace('=', '')}=google"])
    assert len(exported(company, tmp_path)) == len(DEALS)


@pytest.mark.slow
def test_a_value_that_is_in_the_table_is_found_whatever_it_spells(tmp_path):
    rows = [deal(f"{n:03d}", "2024-01-01", source=text) for n, text in enumerate(INJECTIONS)]
    settings = publish(tmp_path / "home", {"reports.rpt_deal_journal": rows})
    for number, text in enumerate(INJECTIONS):
        found = exported(settings, tmp_path, filters=[f"source={text}"])
        assert ids(found) == [f"{number:03d}"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"first": "2024-02-30"}, "--from is '2024-02-30', which is not a valid date"),
        ({"last": "20240201"}, "--to is '20240201', which is not a valid date"),
        ({"first": "yesterday"}, "--from is 'yesterday'"),
        ({"first": "2024-02-02", "last": "2024-02-01"}, "ends before it begins"),
        ({"filters": ["sources=google"]}, "'sources', which the table does not have. Did you mean"),
        ({"filters": ["google"]}, "has no `=`"),
        ({"filters": ["is_won=perhaps"]}, "is_won is BOOLEAN"),
        ({"filters": ["created_date=2024-02-30"]}, "created_date is DATE"),
        (
            {"table": "calls", "pii": True},
            "calls has no version with personal data. --pii is for pii.",
        ),
        ({"table": "pii.rpt_deal_journal"}, "holds personal data. Add --pii"),
        ({"table": "offline-conversions"}, "holds personal data. Add --pii"),
        ({"table": "fct_cals"}, "no published table 'fct_cals'. Did you mean fct_calls"),
        ({"table": "dim_contacts; drop"}, "no published table 'dim_contacts; drop'"),
        ({"table": "fct_attributes", "first": "2024-01-01"}, "has no days"),
        ({"filters": ["source=gogle"]}, "no row has this value. The nearest that occur: google,"),
        ({"filters": ["source=GOOGLE", "source=google"]}, "source=GOOGLE: no row has this value"),
        ({"filters": ["tags=urg"]}, "The nearest that occur: urgent, "),
        ({"filters": ["amount_rc=1297.231"]}, "The nearest that occur: 1297.23, "),
        ({"filters": ["created_date=2024-02-10"]}, "occur: 2024-02-01, 2024-01-31, "),
        ({"filters": ["created_at=2024-02-10"]}, "occur: 2024-02-01 11:30:00+01, "),
        (
            {"filters": ["quality=god"]},
            "quality=god: no row has this value. The nearest that occur: good",
        ),
        ({"table": "calls", "date_basis": "outcome"}, "--date-basis belongs to the deal-journal"),
    ],
)
def test_what_cannot_be_understood_is_said_and_nothing_is_written(company, tmp_path, more, message):
    with pytest.raises(LeadhouseError) as failure:
        exported(company, tmp_path, **more)
    assert message in str(failure.value)
    assert list(tmp_path.iterdir()) == []


# --- files ------------------------------------------------------------------------------------


def test_personal_data_is_exported_on_demand_and_for_its_owner_only(company, tmp_path):
    assert "email" not in exported(company, tmp_path)[0]
    for kind in FORMATS:
        rows = exported(company, tmp_path, kind=kind, pii=True, filters=["deal_id=9"])
        assert rows[0]["email"] == "jan@example.test"
        assert rows[0]["phone"] == text_in(kind, "+48600100200")
        assert stat.S_IMODE((tmp_path / f"deal-journal.{kind}").stat().st_mode) == 0o600


def test_without_personal_data_the_file_has_the_usual_mode(company, tmp_path):
    mask = os.umask(0o027)
    try:
        exported(company, tmp_path)
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "deal-journal.parquet").stat().st_mode) == 0o640


@pytest.mark.parametrize("kind", FORMATS)
def test_an_earlier_export_is_replaced_whole_and_kept_by_a_failure(company, tmp_path, kind):
    exported(company, tmp_path, kind=kind)
    before = (tmp_path / f"deal-journal.{kind}").read_bytes()
    with pytest.raises(LeadhouseError):
        exported(company, tmp_path, kind=kind, filters=["nothing=1"])
    assert (tmp_path / f"deal-journal.{kind}").read_bytes() == before
    assert len(exported(company, tmp_path, kind=kind, first="2024-03-01")) == 1
    assert [path.name for path in tmp_path.iterdir()] == [f"deal-journal.{kind}"]


def test_other_files_are_never_replaced(company, tmp_path):
    precious = tmp_path / "notes.txt"
    precious.write_text("precious")
    disguised, folder = tmp_path / "notes.csv", tmp_path / "folder.csv"
    disguised.symlink_to(precious)
    folder.mkdir()
    for out, message in (
        (precious, "must end in .csv"),
        (disguised, "is not a .csv file"),
        (folder, "is not a .csv file"),
        (company.published_dir / "leadhouse.csv", "among Leadhouse's own files"),
        (company.published_dir / "new.csv", "among Leadhouse's own files"),
        (tmp_path / "absent" / "out.csv", "there is no folder"),
    ):
        with pytest.raises(LeadhouseError, match=message):
            export_table(company, "calls", "csv", out)
    assert precious.read_text() == "precious"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_full_disk_leaves_what_was_there_and_says_so(tmp_path, kind):
    rows = [deal(f"{n}", "2024-01-01", campaign=os.urandom(400).hex()) for n in range(200)]
    settings = publish(tmp_path / "home", {"reports.rpt_deal_journal": rows})
    out = tmp_path / "out"
    out.mkdir()
    script = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "from leadhouse.cli.export import export\n"
        f"export(['deal-journal', '--format', {kind!r}, '--out', {str(out / f'x.{kind}')!r}])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(settings), cwd=PROJECT_ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "cannot be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(out.iterdir()) == []


def test_nothing_published_is_said(tmp_path):
    with pytest.raises(LeadhouseError, match=r"Nothing is published.*leadhouse run"):
        exported(settings_of(tmp_path / "home"), tmp_path)


def test_a_build_without_the_table_is_said(tmp_path):
    settings = publish(tmp_path / "home", {})
    file = (settings.published_dir / "leadhouse.duckdb").resolve()
    file.chmod(0o644)
    with duckdb.connect(str(file)) as con:
        con.execute("drop table reports.rpt_journey")
    with pytest.raises(LeadhouseError, match="published by another version of Leadhouse"):
        exported(settings, tmp_path, "journey")


def test_a_damaged_file_is_said(tmp_path):
    settings = publish(tmp_path / "home", {})
    file = (settings.published_dir / "leadhouse.duckdb").resolve()
    file.chmod(0o644)
    file.write_bytes(b"x" * 20_000)
    with pytest.raises(LeadhouseError, match="damaged"):
        exported(settings, tmp_path)


def test_the_command_offers_every_format_and_names_the_tables():
    choices = {each.name: list(each.type.choices) for each in export.params
               if hasattr(each.type, "choices")}  # fmt: skip
    assert choices["kind"] == list(files.FORMATS)
    assert export.help and all(name in export.help for name in SHORT_NAMES)


def test_any_published_table_is_exported_by_its_name(company, tmp_path):
    for name in ("marts.fct_attributes", "fct_attributes"):
        rows = exported(company, tmp_path, name)
        assert ids(rows, "value") == ["good", "bad", "10", "good"], "sorted by its columns"
    assert exported(company, tmp_path, "fct_calls") == exported(company, tmp_path, "calls")
    rows = exported(company, tmp_path, "reports.rpt_deal_journal", last="2024-01-10")
    assert ids(rows) == ["4400000000000000216", "4400000000000000217"]
    for name in ("rpt_deal_journal", "pii.rpt_deal_journal"):
        assert exported(company, tmp_path, name, pii=True)[0]["email"] == "jan@example.test"


def test_a_long_name_fits_the_sheet(tmp_path):
    settings = publish(tmp_path / "home", {})
    file = (settings.published_dir / "leadhouse.duckdb").resolve()
    file.chmod(0o644)
    with duckdb.connect(str(file)) as con:
        con.execute("create table reports.rpt_lead_routing_seller_sources_daily as select 1 as a")
    assert exported(settings, tmp_path, "rpt_lead_routing_seller_sources_daily", "xlsx")


def test_nobody_reads_personal_values_off_a_slip(company, tmp_path):
    with pytest.raises(LeadhouseError) as failure:
        exported(company, tmp_path, pii=True, filters=["email=jan@example.tst"])
    assert "jan@example.test" not in str(failure.value)
    with pytest.raises(LeadhouseError, match="nearest that occur: google"):
        exported(company, tmp_path, pii=True, filters=["source=gogle"])


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("csv", "a.xlsx", r"ends in \.xlsx, and --format is csv"),
        ("parquet", "a.CSV", r"ends in \.csv, and --format is parquet"),
        ("csv", "a", r"must end in \.csv\."),
        (None, "a", r"must end in \.csv or \.xlsx or \.parquet"),
        (None, "a.txt", r"must end in \.csv or"),
    ],
)
def test_format_and_name_agree(company, tmp_path, kind, name, message):
    with pytest.raises(LeadhouseError, match=message):
        export_table(company, "calls", kind, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_the_name_says_the_format(company, tmp_path):
    for kind in FORMATS:
        out = tmp_path / f"calls.{kind}"
        assert export_table(company, "calls", None, out) == len(read(out)) == 3


@pytest.mark.parametrize("kind", [None, *FORMATS])
def test_standard_output_gets_the_file_and_nothing_else(company, tmp_path, kind):
    said = [] if kind is None else ["--format", kind]
    done = subprocess.run(
        [sys.executable, "-c", "from leadhouse.cli.export import export; export()", "calls",
         "--out", "-", *said],
        env=environment(company), cwd=PROJECT_ROOT, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    out = tmp_path / f"calls.{kind or 'csv'}"
    out.write_bytes(done.stdout)
    assert ids(read(out), "call_id") == ["c1", "c2", "c3"]
    assert not done.stdout.startswith(codecs.BOM_UTF8), "whoever reads a pipe is no spreadsheet"


def test_a_reader_that_has_enough_ends_it_quietly(company):
    done = subprocess.run(
        f"{sys.executable} -c 'from leadhouse.cli.export import export; export()' calls --out - | "
        "true", shell=True,
        env=environment(company), cwd=PROJECT_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""


def test_the_command_says_how_many_rows_went_where_and_needs_no_key(company, tmp_path):
    out = tmp_path / "journal.csv"
    command = [sys.executable, "-c", "from leadhouse.cli.export import export; export()"]
    arguments = ["deal-journal", "--format", "csv", "--out", str(out), "--filter", "source=google"]
    done = subprocess.run(
        [*command, *arguments, "--from", "2024-01-01", "--to", "2024-01-31"],
        env=environment(company), cwd=PROJECT_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, f"wrote 2 rows to {out}\n"), done.stderr
    assert not (company.home / "pii_key").exists()
    done = subprocess.run(
        [*command, *arguments, "--from", "soon"],
        env=environment(company), cwd=PROJECT_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "--from is 'soon', which is not a valid date. Write it like 2024-03-01.\n"


@pytest.mark.parametrize(
    ("column", "begins"),
    [
        ("month", "2024-04-01"),
        ("cohort_month", "2024-04-01"),
        ("created_month", "2024-04-01"),
        ("week_start", "2024-04-15"),
        ("date_day", "2024-04-18"),
    ],
)
def test_a_period_takes_whole_what_it_touches(column, begins):
    with duckdb.connect() as con:
        con.execute(
            f"create schema reports; create table reports.rpt_any as select "
            f"cast(range as date) as {column} from range(date '2024-03-01', date '2024-06-01', "
            "interval 1 day)"
        )
        table = choose_table(con, "reports.rpt_any")
        rows = select_rows(con, table, date(2024, 4, 18), date(2024, 5, 2), main=con)
        found = con.execute(
            f"select min({column}), max({column}) {rows.from_rows}", rows.parameters
        )
        assert found.fetchall() == [(date.fromisoformat(begins), date(2024, 5, 2))]


def test_a_period_takes_whole_each_kind_of_period_that_it_touches():
    with duckdb.connect() as con:
        con.execute(
            "create schema reports; create table reports.rpt_any as select period_type, "
            "if(period_type <> 'all', date_trunc(nullif(period_type, 'all'), range), null)::date "
            "as period_start from range(date '2023-12-01', date '2024-06-01', interval 1 day), "
            "(values ('day'), ('week'), ('month'), ('quarter'), ('year'), ('all')) "
            "as _ (period_type)"
        )
        table = choose_table(con, "reports.rpt_any")
        rows = select_rows(con, table, date(2024, 5, 16), date(2024, 5, 17), main=con)
        found = con.execute(
            f"select distinct period_type, period_start::varchar {rows.from_rows} order by all",
            rows.parameters,
        )
        assert found.fetchall() == [
            ("day", "2024-05-16"),
            ("day", "2024-05-17"),
            ("month", "2024-05-01"),
            ("quarter", "2024-04-01"),
            ("week", "2024-05-13"),
            ("year", "2024-01-01"),
        ]
