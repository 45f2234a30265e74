"""The contract check: what each type accepts, and what quarantine says about the rest."""

from __future__ import annotations

import json

import pytest

from ingestion import loader
from ingestion.load_log import write_quarantine

CASES = [
    # entity, column, accepted, refused, what is said
    (
        "contacts",
        "updated_at",
        [
            *("2024-01-01", "2024-01-01T10:00", "2024-01-01 10:00:00", " 2024-01-01T10:00:00Z "),
            *("2024-01-01T10:00:00.123456789+02:00", "2024-01-01 10:00:00-0530"),
            *("2024-01-01 10:00:00+02", "2031-01-01"),
        ],
        [
            *("01.02.2024", "2024-02-30", "2024-1-1", "2024-01-01T25:00", "yesterday"),
            *("20240101", "1704103200", "2024-01-01T10:00 CET", "01/01/0000x", "2024-01-01 24:30"),
        ],
        "is not an ISO 8601 timestamp such as 2024-03-01T09:30:00+01:00",
    ),
    (
        "manual_costs",
        "date_to",
        [
            *("2024-01-01", "2024-01-01T00:00:00", " 2024-01-01 00:00 ", "2024-01-01 00:00:00.000"),
            *("2024-01-01T00:00:00Z", "2024-01-01 00:00:00 UTC", "2024-01-01T00:00:00.000+0000"),
        ],
        ["2024-01-01 10:00", "2024-13-01", "1.2.2024", "2024-01-01T00:00:00+02:00"],
        "is not an ISO date such as 2024-03-01",
    ),
    (
        "manual_costs",
        "date_to",
        ["2028-12-31"],
        ["2029-01-01", "2199-12-31"],
        "is more than 5 years after date_from: name the last day that it is for, or raise "
        "LEADHOUSE_MAX_YEARS",
    ),
    (
        "calls",
        "talk_seconds",
        ["0", "12", "12.0", "+12", " 7 ", "9223372036854775807"],
        ["12.5", "1e3", "1,000", "9223372036854775808", "0x1F", "٣"],
        "is not a whole number of 64 bits",
    ),
    ("calls", "wait_seconds", ["0"], ["-1"], "is less than 0"),
    ("surveys", "score", ["0", "10", "10.0"], ["11"], "is more than 10"),
    (
        "deals",
        "amount",
        ["12", "12.5", "-12.50", ".5", "5.", "1e3", "+1.5E-2", " 1 ", "9999999999999999.99"],
        ["12,5", "1 000", "€5", "NaN", "inf", "1_000", "--1", "."],
        "is not a decimal number with a point",
    ),
    (
        "ad_spend",
        "cost",
        ["0", "1.234567", "-7.5"],
        ["free"],
        "is not a decimal number with a point",
    ),
    ("deals", "margin", [], ["99999999999999999", "1e400"], "does not fit DECIMAL(18,2)"),
    ("fx_rates", "rate", ["4.3212345678"], ["99999999999"], "does not fit DECIMAL(20,12)"),
    ("pipeline_stages", "probability", ["0", "1", "0.25"], ["1.01"], "is more than 1"),
    (
        "users",
        "is_active",
        ["true", "FALSE", "1", "0", "Yes", "no", " true "],
        ["t", "2", "ja", "1.0"],
        "is not one of true, false, 1, 0, yes, no",
    ),
    (
        "targets",
        "month",
        ["2024-01", " 2024-12 "],
        ["2024-13", "2024-1", "01.2024", "2024-02-02"],
        None,
    ),
    ("calls", "direction", ["in", "out", " in "], ["i n", "inbound"], "is not one of in, out"),
]

ROW = {
    "ad_spend": {
        **{"date": "2024-01-01", "platform": "google", "account_id": "1"},
        **{"cost": "1", "currency": "EUR"},
    },
    "contacts": {"contact_id": "1", "created_at": "2024-01-01"},
    "manual_costs": {
        **{"cost_id": "1", "date_from": "2024-01-01", "date_to": "2024-01-01", "source": "x"},
        **{"amount": "1", "currency": "EUR"},
    },
    "calls": {"call_id": "1", "started_at": "2024-01-01", "direction": "in", "status": "missed"},
    "surveys": {"response_id": "1", "responded_at": "2024-01-01", "contact_id": "1", "score": "1"},
    "deals": {"deal_id": "1", "created_at": "2024-01-01", "pipeline": "p", "status": "open"},
    "fx_rates": {"date": "2024-01-01", "currency": "EUR", "rate": "1"},
    "pipeline_stages": {"pipeline": "p", "stage": "s", "position": "1", "kind": "open"},
    "users": {"user_id": "1", "name": "n"},
    "targets": {"month": "2024-01", "level": "company", "metric": "leads", "target": "1"},
}


def _csv(entity, column, values):
    names = list(ROW[entity] | {column: ""})
    lines = [";".join(names)]
    for value in values:
        lines.append(";".join((ROW[entity] | {column: value})[name] for name in names))
    return "\n".join(lines) + "\n"


def test_what_each_type_accepts_and_says(company):
    for at, (entity, column, accepted, refused, _) in enumerate(CASES):
        content = _csv(entity, column, accepted + refused)
        company.deliver(f"{entity}-{at:02}.csv", content)
    company.land()
    for at, (entity, column, accepted, refused, said) in enumerate(CASES):
        file = f"{entity}-{at:02}.csv"
        landed = company.query(
            f"select {column} from raw.{entity} where _source_file = '{file}' order by _row_number"
        )
        assert [row[0] for row in landed] == [text.strip() for text in accepted], (entity, column)
        reasons = company.query(
            "select row_number, column_name, value, reason from raw_ledger.quarantine "
            f"where file = '{file}' order by row_number"
        )
        said = said or "is not a month such as 2024-03"
        assert reasons == [
            (len(accepted) + 2 + n, column, value, f'{column}: "{_shown(value)}" {said}')
            for n, value in enumerate(refused)
        ], (entity, column)


def _shown(value):
    """As many digits as a phone number has are not shown."""
    return "9" * len(value) if value.isdecimal() and len(value) >= 9 else value


def test_required_values_may_not_be_empty_or_blank(company):
    company.deliver("users.csv", 'user_id,name\n,Ann\n2,\n3," \t\u00a0"\n4,Bob\n')
    assert company.only().rows_loaded == 1
    assert company.quarantine() == [
        (2, "user_id", "user_id: a value is required and the cell is empty"),
        (3, "name", "name: a value is required and the cell is empty"),
        (4, "name", "name: a value is required and the cell is empty"),
    ]


def test_reasons_never_repeat_personal_values(company):
    company.deliver(
        "contacts.csv",
        "contact_id,created_at,birth_date,email\n1,2024-01-01,31.12.1980,ann@example.org\n",
    )
    company.land()
    assert company.quarantine("column_name, reason") == [
        ("birth_date", "birth_date: the value is not an ISO date such as 2024-03-01")
    ]


SHIFTED = [
    ("ann@example.org", "xxx@xxxxxxx.xxx"),
    ("Ann Novák <ann@example.org>", "xxx xxxxx <xxx@xxxxxxx.xxx>"),
    ("600700800", "999999999"),
    ("+48 (600) 700-800 Ann", "+99 (999) 999-999 xxx"),
    ("06.12.34.56.78", "99.99.99.99.99"),
    ("2024-01-01 600700", "9999-99-99 999999"),
    ("31.12.2024 10:05:59,123", "31.12.2024 10:05:59,123"),
    ("2024-12-31T10:05:59.123456+01:00", "2024-12-31T10:05:59.123456+01:00"),
    ("12/31/2024, 10:05 PM", "12/31/2024, 10:05 PM"),
    ("12345678", "12345678"),
    ("won", "won"),
]


@pytest.mark.parametrize(("cell", "shown"), SHIFTED)
def test_a_cell_with_an_address_or_a_phone_number_is_shown_by_its_shape(company, cell, shown):
    company = company.with_settings(max_quarantined=0.1)
    company.deliver("users.csv", f'user_id,name,is_active\n1,Ann,"{cell}"\n2,Bob,"{cell}"\n')
    error = company.only().error
    assert f'line 2: is_active: "{shown}" is not one of true' in error
    assert company.quarantine("reason") == [(error,)]


def test_a_line_of_data_in_the_place_of_the_header_is_shown_by_its_shape(company):
    company.deliver("users.csv", "7,Ann,ann@example.org\n8,Bob,600700800\n")
    assert "It has: 7, Ann, xxx@xxxxxxx.xxx. " in company.only().error


def test_long_values_are_shortened_in_reasons(company):
    company.deliver("deals.csv", _csv("deals", "amount", ["x" * 5000]))
    company.land()
    (reason,) = company.quarantine("reason")[0]
    assert reason == f'amount: "{"x" * 100}…" is not a decimal number with a point'


@pytest.mark.parametrize(
    ("started_at", "lands"),
    [
        ("2024-03-02T23:59:59", True),
        ("2024-03-03T00:00:00", False),
        ("2024-03-02T23:59:59+01:00", True),
        ("2024-03-03T00:00:00+01:00", False),
        ("2024-03-02T22:59:59Z", True),
        ("2024-03-02T23:00:00Z", False),
        ("2024-03-03T08:59:59+10:00", True),
        ("2024-03-02T10:00:00-13:00", False),
        ("2030-01-01", False),
    ],
)
def test_an_event_may_not_lie_after_the_day_after_its_delivery(company, started_at, lands):
    company.deliver("calls.csv", _csv("calls", "started_at", [started_at]))
    result = company.only()
    assert (result.rows_loaded, result.rows_quarantined) == ((1, 0) if lands else (0, 1))
    if not lands:
        assert company.quarantine("reason") == [
            (
                f'started_at: "{started_at}" is after 2024-03-02, the day after the delivery day: '
                "an event cannot lie ahead",
            )
        ]


def test_times_without_offset_are_read_in_the_source_time_zone(company):
    # 23:30 in Warsaw is 17:30 in New York: the same wall clock there is already the next day here.
    company = company.with_settings(source_timezone="America/New_York")
    company.deliver(
        "calls.csv", _csv("calls", "started_at", ["2024-03-02T17:59", "2024-03-02T18:00"])
    )
    assert company.only().rows_loaded == 1


def test_spend_may_not_lie_ahead_but_planned_meetings_may(company):
    spend = "date,platform,account_id,campaign_id,campaign,cost,currency\n"
    company.deliver("ad_spend.csv", spend + "2024-03-02,a,b,c,d,1,EUR\n2024-03-03,a,b,c,d,1,EUR\n")
    company.deliver("meetings.csv", "meeting_id,created_at,starts_at\n1,2024-01-01,2030-01-01\n")
    assert [result.rows_loaded for result in company.land()] == [1, 1]


def test_defaults_stay_empty_in_raw(company):
    company.deliver("users.csv", "user_id,name,is_active\n1,Ann,\n")
    company.land()
    assert company.rows("users", "is_active") == [(None,)]


def _users(good, bad):
    lines = [f"{at},n\n" for at in range(good)] + [f"x{at},\n" for at in range(bad)]
    return "user_id,name\n" + "".join(lines)


@pytest.mark.parametrize(
    ("good", "bad", "limit", "status"),
    [
        (18, 2, 0.1, "loaded"),
        (17, 3, 0.1, "refused"),
        (16, 3, 0.1, "loaded"),
        (1, 18, 0.1, "loaded"),
        (0, 1, 0.1, "loaded"),
        (0, 2, 0.1, "refused"),
        (0, 30, 0.9, "refused"),
        (10, 30, 0.75, "loaded"),
        (19, 1, 0.0, "refused"),
        (20, 0, 0.0, "loaded"),
        (0, 30, 1.0, "loaded"),
    ],
)
def test_a_file_with_too_many_bad_rows_is_refused_whole(company, good, bad, limit, status):
    company = company.with_settings(max_quarantined=limit)
    company.deliver("users.csv", _users(good, bad))
    result = company.only()
    assert (result.status, result.rows_read) == (status, good + bad)
    assert len(company.rows("users", "1")) == (good if status == "loaded" else 0)


def test_the_refusal_names_the_commonest_reason_and_three_examples(company):
    company = company.with_settings(max_quarantined=0.1)
    company.deliver(
        "deals.csv",
        _csv("deals", "amount", ["1"] * 20 + ["1,5", "2,5"])
        + "2;2024-01-01;p;open\n"
        + "3;2024-01-01;p;open;3,5\n4;2024-01-01;p;open;4,5\n",
    )
    assert company.only().error == (
        "2024-03-01/deals.csv was not landed, because 5 of its 25 rows cannot be read. 4 of them "
        'for one reason, such as line 22: amount: "1,5" is not a decimal number with a point; '
        'line 23: amount: "2,5" is not a decimal number with a point; '
        'line 25: amount: "3,5" is not a decimal number with a point. Correct the file or its '
        "mapping; LEADHOUSE_MAX_QUARANTINED says how many bad rows a file may have."
    )


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (
            ["1,2024-01-01,p,open,x", "2,2024-01-01,p,won!,", "3,,p,,", "4,2024-01-01,p,won!,"],
            '. 2 of them for one reason, such as line 3: status: "won!" is not one of open, won, '
            'lost, deleted; line 5: status: "won!" is not one of open, won, lost, deleted.',
        ),
        (
            ["1,2024-01-01,p,open,x", "2,2024-01-01,p,won!,", "3,,p,,"],
            ', for different reasons, such as line 2: amount: "x" is not a decimal number with a '
            'point; line 3: status: "won!" is not one of open, won, lost, deleted; line 4: '
            "created_at: a value is required and the cell is empty.",
        ),
    ],
)
def test_the_examples_are_of_the_reason_that_is_named(company, lines, why):
    company = company.with_settings(max_quarantined=0.1)
    header = "deal_id,created_at,pipeline,status,amount"
    company.deliver("deals.csv", "\n".join([header, *lines]))
    count = len(lines)
    said = f"because {count} of its {count} rows cannot be read{why} Correct the file"
    assert said in company.only().error


def test_texts_are_cleaned_and_stay_as_they_were_in_delivered(company):
    company.deliver(
        "deals.csv",
        "deal_id,created_\u200bat,pipeline\u00a0,status,title,currency,odd\n"
        "\ufeff1\u202f,2024-01-01 ,p\u00a0q,\u2060open,e\u0301,\u200bpln,a\u2009b\n"
        "2,2024-01-01,p q,open,\u00e9,PLN,a b\n",
    )
    assert company.only().rows_loaded == 2
    columns = "deal_id, created_at, pipeline, status, title, currency, _extra"
    first, second = company.rows("deals", columns)
    assert first == ("1", *second[1:])
    assert second == ("2", "2024-01-01", "p q", "open", "\u00e9", "PLN", '{"odd":"a b"}')
    ((kept,), (nothing,)) = company.rows("deals", "_delivered")
    assert nothing is None
    assert json.loads(kept) == {
        **{"deal_id": "\ufeff1\u202f", "created_at": "2024-01-01 ", "pipeline": "p\u00a0q"},
        **{"status": "\u2060open", "title": "e\u0301", "currency": "\u200bpln"},
        **{"odd": "a\u2009b"},
    }


def test_the_words_of_the_contract_are_read_in_any_case(company):
    company.deliver(
        "pipeline_stages.csv", "pipeline,stage,position,kind\np,New,1,open\np,Paid,2,WON\n"
    )
    company.map(
        "name: crm\nfiles: crm*.csv\nentity: deals\n"
        "columns:\n  deal_id: Id\n  created_at: Day\n  pipeline: {value: p}\n"
        "  status: {column: State, values: {Gewonnen: Won}, fallback: State}\n"
        "  currency: Money\n"
    )
    company.deliver(
        "crm.csv",
        "Id,Day,State,Money\n1,2024-01-01,Gewonnen,eur\n2,2024-01-01,LOST,EUR\n3,2024-01-01,,EUR\n",
    )
    assert {result.rows_quarantined for result in company.land()} == {0}
    kept = "json_extract_string(_delivered, '{}')".format
    assert company.rows("pipeline_stages", f"kind, {kept('kind')}") == [
        ("open", None),
        ("won", "WON"),
    ]
    assert company.rows("deals", f"status, {kept('status')}, currency, {kept('currency')}") == [
        ("won", "Gewonnen", "EUR", "eur"),
        ("lost", "LOST", "EUR", None),
        (None, None, "EUR", None),
    ]


@pytest.mark.parametrize(
    ("written", "lands"),
    [
        ("2025-05-01T10:00:00.000+0000", "2025-05-01T10:00:00.000+0000"),
        ("2025-05-01 10:00:00 UTC", "2025-05-01 10:00:00Z"),
        ("2025-05-01 10:00 gmt", "2025-05-01 10:00Z"),
        ("2025-05-01 12:00:00 +0200", "2025-05-01 12:00:00+0200"),
        ("2025-05-01t10:00:00z", "2025-05-01T10:00:00Z"),
        ("2025-05-01T24:00:00", "2025-05-02T00:00:00"),
        ("2024-02-28 24:00 +01", "2024-02-29T00:00:00+01"),
        *((none, None) for none in ("0000-00-00", "0000-00-00 00:00:00", "00.00.0000")),
        *((none, None) for none in ("1899-12-31T23:59:59Z", "0001-01-01", "2200-01-01")),
        *((none, None) for none in ("9999-12-31", "0000-02-31 10:00")),
        ("1900-01-01", "1900-01-01"),
        ("2199-12-31", "2199-12-31"),
    ],
)
def test_moments_as_other_programs_write_them(company, written, lands):
    company.deliver("contacts.csv", f"contact_id,created_at,updated_at\n1,2024-01-01,{written}\n")
    assert company.only().rows_loaded == 1
    assert company.rows("contacts", "updated_at") == [(lands,)]
    emptied = company.query("select moments_emptied from raw_ledger.loads")
    kept = company.rows("contacts", "json_extract_string(_delivered, 'updated_at')")
    assert (emptied, kept) == (([(1,)], [(written,)]) if lands is None else ([(0,)], [(None,)]))


@pytest.mark.parametrize("written", ["0000-00-00", "1899-12-31", "2200-01-01T00:00:00Z"])
def test_a_required_moment_that_is_none_is_quarantined(company, written):
    company.deliver("contacts.csv", f"contact_id,created_at\n1,{written}\n")
    company.land()
    assert company.quarantine() == [
        (
            *(2, "created_at"),
            f'created_at: "{written}" is no moment: only those from 1900 to 2199 are',
        )
    ]


def test_a_reason_shows_odd_characters_as_code_points(company):
    company.deliver("deals.csv", _csv("deals", "amount", ["1\u00072", "1\u202f2"]))
    company.land()
    assert company.quarantine("reason") == [
        ('amount: "1<U+0007>2" is not a decimal number with a point',),
        ('amount: "1<U+202F>2" is not a decimal number with a point',),
    ]


def test_spend_may_lack_its_campaigns_throughout_but_not_in_a_line(company):
    """The line without a campaign that platforms put first or last is the total of the others."""
    head = "date,platform,account_id,{}cost,currency\n"
    company.deliver("ad_spend-a.csv", head.format("") + "2024-02-01,p,a,10,EUR\n")
    content = head.format("campaign_id,") + "2024-02-01,p,b,,15,EUR\n2024-02-01,p,b,1,15,EUR\n"
    company.deliver("ad_spend-b.csv", content)
    company.map(
        "files: c.csv\nentity: ad_spend\ncolumns: {date: Day, platform: {value: p}, account_id: "
        "{value: c}, campaign_id: Campaign, cost: Cost, currency: {value: EUR}}\n"
    )
    company.deliver("c.csv", "Day,Cost\n2024-02-01,20\n")
    company.deliver("ad_spend-d.csv", head.format("campaign_id,") + "2024-02-01,p,d,,20,EUR\n")
    company.land()
    assert company.query("select account_id, campaign_id from raw.ad_spend order by all") == [
        ("a", None),
        ("b", "1"),
        ("c", None),
        ("d", None),
    ]
    assert company.quarantine("file, column_name") == [("ad_spend-b.csv", "campaign_id")]


def test_a_currency_is_a_code_of_three_letters(company):
    head = "deal_id,created_at,pipeline,amount,currency\n"
    rows = [f"d{number},2024-02-01,p,5,{code}" for number, code in enumerate(["eur", "", " PLN "])]
    company.deliver(
        "deals.csv", head + "\n".join([*rows, "x,2024-02-01,p,5,EURO", "y,2024-02-01,p,5,€"])
    )
    company.land()
    assert company.query("select currency from raw.deals order by deal_id") == [
        ("EUR",),
        (None,),
        ("PLN",),
    ]
    said = "is not a currency's code of three letters such as EUR"
    assert company.quarantine("reason") == [
        (f'currency: "EURO" {said}',),
        (f'currency: "€" {said}',),
    ]


def test_a_rate_is_above_0_and_no_offset_is_of_days(company):
    company.deliver("fx_rates.csv", "date,currency,rate\n2024-02-01,EUR,0\n2024-02-01,USD,0.01\n")
    company.deliver("users.csv", "user_id,name,updated_at\n1,A,2024-02-01T10:00:00+99:00\n")
    company.deliver("users-b.csv", "user_id,name,updated_at\n2,B,2024-02-01T10:00:00+14:00\n")
    company.land()
    assert company.query("select rate from raw.fx_rates") == [("0.01",)]
    assert company.query("select user_id from raw.users") == [("2",)]
    assert [reason for (reason,) in company.quarantine("reason")] == [
        'rate: "0" is not above 0',
        'updated_at: "2024-02-01T10:00:00+99:00" is not an ISO 8601 timestamp such as '
        "2024-03-01T09:30:00+01:00",
    ]


def test_a_name_that_was_shifted_into_a_column_of_no_text_shows_its_shape(company):
    company.deliver(
        "deals.csv",
        "deal_id,created_at,pipeline,amount\n1,Nowak Jan,p,5\n2,2024-02-01,p,soon\n3,n/a,p,5\n",
    )
    company.land()
    assert [reason.split(" is ")[0] for (reason,) in company.quarantine("reason")] == [
        'created_at: "xxxxx xxx"',
        'amount: "soon"',
        'created_at: "n/a"',
    ]


def test_however_many_checks_a_file_has_its_values_are_masked_in_one_place(company, monkeypatch):
    """The database takes as long to read the pattern of a letter as to check a hundred rows."""
    written = []

    def write(con, identity, rows):
        written.append(rows)
        return write_quarantine(con, identity, rows)

    monkeypatch.setattr(loader, "write_quarantine", write)
    company.deliver("deals.csv", _csv("deals", "amount", ["abc", "1"]))
    company.land()
    (rows,) = written
    assert (rows.count(r"\p{Lu}"), rows.count(r"\p{C}")) == (1, 1)
