"""The small files that people of this trade meet, each with what is right.

They lie beside the repository. Where a case needs a key that its mapping does not have, the test
adds it as docs/own-data.md says.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.loader import LoadResult
from leadhouse.paths import PROJECT_ROOT
from tests.ingestion.company import Company, accounted, settings_for

CASES = PROJECT_ROOT.parent / "shared" / "cases"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not CASES.exists(), reason="the cases (../shared/cases) are not on this machine"
    ),
]

Keys = dict[str, Any]
Landed = tuple[Company, dict[str, LoadResult]]
Land = Callable[..., Landed]
"""Lands a case with these further keys of its mapping, and gives the result of each file."""

DASHES: Keys = {"empty": "--", "where": {"Day": {"not like": "Total*"}}}
MILLIONTHS: Keys = {
    "columns": {"cost": {"column": "Cost", "divide_by": 1000000}},
    "where": {"CampaignId": "not empty"},
}
TALK: Keys = {"columns": {"talk_seconds": {"column": "Talk", "duration": "h:mm:ss"}}}
DAY_AND_TIME: Keys = {
    "columns": {
        "started_at": {
            "concat": ["Date", "Time"],
            "separator": " ",
            "format": "%d.%m.%Y %H:%M:%S",
            "timezone": "Europe/Warsaw",
        },
        **TALK["columns"],
    }
}
SERIAL: Keys = {
    "files": "deals-serial*",
    "entity": "deals",
    "columns": {
        **{name: name for name in ("deal_id", "pipeline", "status", "amount", "product")},
        **{
            name: {"column": name, "format": "excel_serial"} for name in ("created_at", "closed_at")
        },
    },
}


@pytest.fixture
def land(tmp_path: Path) -> Land:
    def landed(case: str, keys: Keys | None = None) -> Landed:
        drop = tmp_path / case / "drop"
        shutil.copytree(CASES / case / "drop", drop)
        if keys is not None:
            _add(keys, drop / "mappings")
        clock = datetime(2026, 1, 1, tzinfo=UTC)
        company = Company(settings_for(tmp_path / case, as_of=clock, max_quarantined=0.1))
        results = company.land()
        assert accounted(results)
        return company, {result.target.file: result for result in results}

    return landed


def _add(keys: Keys, folder: Path) -> None:
    """Add keys to the one mapping of a case, which has none where it needs none of its own."""
    folder.mkdir(exist_ok=True)
    file = next(folder.iterdir(), folder / "added.yml")
    mapping = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    columns = mapping.get("columns", {}) | keys.get("columns", {})
    file.write_text(yaml.safe_dump({**mapping, **keys, "columns": columns}), encoding="utf-8")


RIGHT: list[tuple[str, Keys | None, str, list[Any]]] = [
    *(
        (case, DASHES, "select cost::decimal(9, 2)::varchar, conversions from raw.ad_spend", spend)
        for case in ("01-google-ads-preamble", "02-dashes-for-nothing")
        for spend in [[("1045.50", "2.00"), ("12.40", None), ("512.25", "1.00")]]
    ),
    (
        "03-millionths",
        MILLIONTHS,
        "select cost::decimal(9, 2)::varchar from raw.ad_spend",
        ["345.67", "98.50"],
    ),
    ("04-sep-line", None, "select contact_id from raw.contacts", ["K1", "K2"]),
    ("05-shared-folder", None, "select contact_id from raw.contacts", ["K1"]),
    *(
        (
            case,
            keys,
            "select timezone('Europe/Warsaw', started_at::timestamptz)::varchar, "
            "talk_seconds::int from raw.calls",
            [("2025-05-03 14:05:10", 192), ("2025-05-03 14:40:00", 0)],
        )
        for case, keys in (("07-call-log", TALK), ("07b-call-log-concat", DAY_AND_TIME))
    ),
    *(
        (
            "08-epoch-ms",
            {"columns": {"created_at": {"column": "Create Date", "format": words}}},
            "select date_trunc('second', created_at::timestamptz)::varchar from raw.contacts",
            ["2025-05-03 10:05:10+00", "2025-05-04 10:05:10+00"],
        )
        for words in ("epoch_ms", ["epoch", "epoch_ms"])
    ),
    (
        "09-nested-json",
        None,
        "select contact_id, email from raw.contacts",
        [("501", "ewa@mail.example"), ("502", "adam@mail.example")],
    ),
    (
        "10-excel-mixed-numbers",
        None,
        "select amount::decimal(9, 2)::varchar from raw.deals",
        ["1250.00", "1250.00", "99.50", "12.35"],
    ),
    (
        "11-excel-cells",
        SERIAL,
        "select deal_id, created_at, closed_at, product from raw.deals",
        [
            ("M1", "2025-05-01 09:30:00", "2025-05-10", "Kurs"),
            ("S1", "2025-05-01", "2025-05-10 12:00:00", "Kurs"),
            ("X1", "2025-05-01", "2025-05-10", "Kurs\r\nonline"),
            ("Z1", "2025-05-01", None, "Kurs"),
            ("Z2", "2025-05-01", None, "Kurs"),
        ],
    ),
    ("11-excel-cells", None, "select distinct talk_seconds::int from raw.calls", [192]),
    (
        "13-excel-hidden-first",
        None,
        "select deal_id, amount, status from raw.deals",
        [("A1", "500", "won"), ("A2", "300", "open")],
    ),
    (
        "14-narrow-space",
        None,
        "select timezone('Europe/Warsaw', occurred_at::timestamptz)::varchar from raw.enquiries",
        ["2025-05-03 15:07:12", "2025-05-04 09:00:00"],
    ),
    ("16-twin-columns", None, "select deal_id, amount from raw.deals", [("O1", "500.00")]),
    (
        "17-negatives",
        None,
        "select amount from raw.payments",
        ["1500.00", "-250.00", "-100.00", "-50.00"],
    ),
    (
        "18-moments",
        None,
        "select distinct date_trunc('second', created_at::timestamptz)::varchar "
        "from raw.contacts where contact_id <> 'T24'",
        ["2025-05-01 10:00:00+00"],
    ),
    (
        "18-moments",
        None,
        "select timezone('Europe/Warsaw', created_at::timestamptz)::varchar "
        "from raw.contacts where contact_id = 'T24'",
        ["2025-05-02 02:00:00"],
    ),
    (
        "28a-zero-date",
        None,
        "select contact_id, updated_at, _delivered->>'updated_at' from raw.contacts",
        [("T1", None, "0000-00-00 00:00:00")],
    ),
    (
        "31-report-footer",
        None,
        "select deal_id, amount, status from raw.deals",
        [("O1", "500.00", "won"), ("O2", None, "open")],
    ),
]


@pytest.mark.parametrize(("case", "keys", "query", "right"), RIGHT)
def test_a_case_lands_as_it_is_right(
    land: Land, case: str, keys: Keys | None, query: str, right: list[Any]
) -> None:
    company, _ = land(case, keys)
    rows = company.query(f"{query} order by all" if case.startswith("11-") else query)
    assert rows == [row if isinstance(row, tuple) else (row,) for row in right]


def test_lines_that_are_no_rows_are_excluded_and_counted(land: Land) -> None:
    for case, keys, excluded in (
        ("01-google-ads-preamble", DASHES, 4),
        ("03-millionths", MILLIONTHS, 1),
        ("31-report-footer", None, 6),
    ):
        _, results = land(case, keys)
        assert [(result.rows_quarantined, result.rows_excluded) for result in results.values()] == [
            (0, excluded)
        ]


def test_a_formula_without_a_stored_result_is_said_by_file_and_cell(land: Land) -> None:
    company, _ = land("11-excel-cells", SERIAL)
    assert company.quarantine("file, row_number, column_name, reason") == [
        (
            *("deals-formula.xlsx", 2, "amount"),
            "amount: the formula in cell F2 has no stored result. Open the file in a spreadsheet "
            "program, save it and deliver it again",
        )
    ]


def test_text_in_utf_16_and_headers_with_characters_of_no_width(land: Land) -> None:
    for case, right in (
        ("19b-utf16-bom", ("K1", "Olga")),
        ("34b-zero-width-header", ("A1", "Ola")),
    ):
        company, _ = land(case)
        assert company.query("select contact_id, first_name from raw.contacts") == [right]


def test_endings_are_read_and_what_is_not_that_format_is_refused(land: Land) -> None:
    company, results = land("20-endings")
    assert {file: result.status for file, result in results.items()} == {
        "calls.zip": "refused",
        "contacts.tsv": "loaded",
        "deals.json": "loaded",
        "users.xls": "refused",
    }
    assert company.query("select count(*) from raw.contacts") == [(1,)]
    assert str(results["calls.zip"].error).startswith("2025-06-02/calls.zip has 0 files in it")
    assert str(results["users.xls"].error).startswith("2025-06-02/users.xls is a web page (HTML)")


def test_a_cost_without_an_end_is_quarantined(land: Land) -> None:
    company, results = land("28b-open-ended-cost")
    assert results["contacts.csv"].rows_loaded == 1
    assert company.quarantine("file, row_number, column_name") == [
        ("manual_costs.csv", 2, "date_to")
    ]


def test_types_of_parquet_keep_their_digits(land: Land) -> None:
    company, _ = land("33-parquet")
    assert company.query("select from_phone, talk_seconds, started_at from raw.calls") == [
        ("48601000001", "192", "2025-05-01 10:00:00")
    ]
    assert company.query("select deal_id, amount::decimal(9, 2)::varchar from raw.deals") == [
        ("18446744073709551615", "1250.50")
    ]


def test_oddities_of_csv(land: Land) -> None:
    company, results = land("34-csv-oddities")
    assert company.query(
        "select contact_id, replace(first_name, chr(13), '') from raw.contacts order by all"
    ) == [("A1", "Ola"), ("B2", "Ewa"), ("C1", "Ola"), ("D1", "Ola\nNowak"), ("D2", "Ewa")]
    assert company.quarantine("file, row_number") == [("contacts-b-backslash.csv", 2)]
    assert results["contacts-a-blankrows.csv"].rows_excluded == 2
    assert company.query("select distinct date[:10] from raw.ad_spend") == [("2025-05-01",)]


def test_files_that_cannot_be_read_are_refused_and_stop_no_other(land: Land) -> None:
    _, results = land("34c-dos-russian")
    assert "its encoding cannot be told" in str(results["contacts.csv"].error)
    _, results = land("34e-empty-file")
    assert results["contacts.csv"].rows_loaded == 1
    assert "has no header line: it is empty" in str(results["calls.csv"].error)


def test_the_total_that_meta_puts_first_is_no_spend(land: Land) -> None:
    for case in ("38-meta-total", "39-build-file-open"):
        company, _ = land(case)
        assert company.query("select sum(cost::decimal(9, 2))::varchar from raw.ad_spend") == [
            ("150.00",)
        ]
        assert company.quarantine("row_number, column_name") == [(2, "campaign_id")]
