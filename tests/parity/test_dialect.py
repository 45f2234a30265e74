"""Each macro of macros/dialect gives on Spark what it gives on DuckDB, row for row.

Inputs are what data brings: NULLs, blanks, letters that are not ASCII, hours that a clock change
skips or repeats, halves, 19 digits, empty lists.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leadhouse import sqltext as sql
from leadhouse.settings import Settings, load_settings
from tests.homes import environment
from tests.parity.dialect import DIALECT, Case, both_engines, compared, told

ONE_PROCESS = pytest.mark.xdist_group("spark")
pytestmark = [ONE_PROCESS, pytest.mark.slow]

ZONES = {"of Europe": ("Europe/Warsaw", "Europe/Berlin"), "midnight": ("America/Havana", "UTC")}
"""Reporting and source time zone; Havana's clocks change at midnight."""


PLACES = ("id", "place")
ONE = "select 1 as id"


def rows(kind: str, *values: str) -> str:
    """A select of ``id`` and ``value``."""
    listed = ", ".join(f"({number}, {value})" for number, value in enumerate(values, start=1))
    return (
        f"select cast(id as bigint) as id, cast(value as {kind}) as value "
        f"from (values {listed}) as listed (id, value)"
    )


def texts(*values: str | None) -> str:
    """The same, of texts."""
    return rows("varchar", *("null" if value is None else sql.text(value) for value in values))


WORDS = (
    *(None, "", " ", "a", " a ", "A;b;;c;", ";", "it's", 'a "b"', "back\\slash", "a/b", "a.b"),
    *("Łódź", "İstanbul", "ΣΑΣ", "straße", "日本語", "e\u0301", "🙂", "line\nbreak", "tab\there"),
    *("1234567890123456789", "%41", "%zz", "100%", "a+b"),
    *("%C5%81%C3%B3d%C5%BA", "%2B", "%", "{{source}}", "[tag]", "%name%", "__name__", "\x01\x1f"),
)
TEXTS = texts(*WORDS)
UNCLEANED = texts(
    *(*WORDS, "\u00a0wide\u3000", "\u200bnone", "xB0f", "staff", "\vx\f", "%C2%A0a%E3%80%80")
)
"""What landing leaves nothing of, but seeds and addresses may have."""
ADDRESSES = texts(
    *(None, "", " ", "no address", "https://www.Example.com/a?b=c", "//example.com", "a.b"),
    *("HTTP://user@example.com:80/", "example.com#x", "https://żółw.pl/?utm_source=x", "/a/b"),
    *("https://a.pl/?utm_source=Łódź", "https://a.pl/?UTM_SOURCE=%C5%81+%2B", "a.pl?x=1;gclid=2"),
    *("https://a.pl/?utm_source=&gclid=", "https://a.pl/#utm_source=a%20b&x", "a.pl?utm_source"),
    *("https://a.pl/?utm_source=100%", "https://a.pl/?utm_source=%zz", "www.a.pl?my_utm_source=1"),
)
PHONES = texts(
    *(None, "", " ", "+48 601 100 200", "0048601100200", "601-100-200", "(0)22 601 10 20"),
    *("+48 601100200, 601100300", "601100200/601100300", "22/6011020", "tel. 601100200 wew. 12"),
    *("4,8601E+10", "48601100200.0", "601100200;;", "\uff16\uff10\uff11 100 200", "a\n601100200"),
    *("+", "00", "++48 601", "+48 (0) 22 601 10 20 | 601 100 300", "1234567890123456789"),
)
EMAILS = texts(
    *(None, "", " ", "A@B.PL", "Jan <jan.k@example.com>", "mailto:żaba@żółw.pl", "a@b, c@d.e; f@g"),
    *("a@", "@b", "a@b@c", "İ@x.com", "o'neil@x.ie", "a b@c.d", "a\\b@c.d", "x|y@z.w", "[a@b.c]"),
)
DAYS = (
    "select row_number() over () as id, * from (select unnest([null, date '2023-01-31', "
    "date '2024-02-28', date '2024-02-29', date '2023-02-28', date '2024-03-31', "
    "date '2024-12-31', date '1900-01-01', date '2099-06-30']) as day) cross join "
    "(select unnest([null, 0, 1, -1, 12, 13, 59, -400]) as number)"
)
PAIRS_OF_DAYS = (
    "select row_number() over () as id, one.value as earlier, other.value as later from "
    + " cross join ".join(
        "(select unnest([null, date '2000-02-29', date '2001-02-28', date '2004-02-29', "
        "date '2024-01-31', date '2024-02-29', date '2024-03-31', date '1970-01-01', "
        f"date '2000-02-28', date '2001-03-01', date '1999-12-31']) as value) as {name}"
        for name in ("one", "other")
    )
)
INSTANTS = rows(
    "timestamptz",
    *("null", "'1970-01-01 00:00:00+00'", "'2024-03-31 00:59:59.999999+00'"),
    *("'2024-03-31 01:00:00+00'", "'2024-10-27 00:30:00+00'", "'2024-10-27 01:30:00+00'"),
    *("'2024-10-26 22:00:00+00'", "'2024-12-31 22:59:59.999999+00'", "'2024-12-31 23:00:00+00'"),
    *("'2024-03-10 04:59:59+00'", "'2024-03-10 05:00:00+00'", "'2024-11-03 04:30:00+00'"),
    *("'2024-11-03 05:30:00+00'", "'1969-07-20 20:17:40.123456+00'", "'2099-01-01 00:00:00+00'"),
)
ORDERED_DAYS = f"select * from ({PAIRS_OF_DAYS}) where (earlier > later) is not true"
WRITTEN_INSTANTS = texts(
    *(None, "2024-03-31 01:59:59", "2024-03-31 02:00:00", "2024-03-31 02:30:00"),
    *("2024-03-31 03:00:00", "2024-10-27 01:59:59", "2024-10-27 02:00:00", "2024-10-27 02:30:00"),
    *("2024-10-27 03:00:00", "2024-10-27T02:30:00", " 2024-01-01 10:00:00 ", "2024-01-01"),
    *("2024-01-01T10:00:00Z", "2024-01-01 10:00:00+02:00", "2024-01-01 10:00:00+02"),
    *("2024-01-01 10:00:00.123456", "2024-01-01 10:00:00.5-05:30", "2024-01-01 10:00"),
    *("1969-12-31 23:59:59.999999", "2024-10-27 02:30:00+01:00", "2024-10-27 02:30:00+02:00"),
)
SPANS = (
    "select * from (values (1, 1, 3, date '2024-02-28', date '2024-03-01'), "
    "(2, 0, 0, date '2024-03-31', date '2024-03-31'), (3, 5, 3, date '2024-03-02', "
    "date '2024-03-01'), (4, null, 3, null, date '2024-03-01'), (5, 1, null, "
    "date '2024-03-01', null), (6, -2, 1, date '2023-12-31', date '2024-01-01')) "
    "as spans (id, first_no, last_no, first_day, last_day)"
)
QUOTIENTS = (
    "select row_number() over () as id, dividend, divisor from "
    "(select cast(unnest(['0', '1', '5', '999999999999999999', '9223372036854775807', "
    "'12345678901234567890123456789', null]) as decimal(38, 0)) as dividend) cross join "
    "(select cast(unnest(['1', '2', '7', '9223372036854775807', '1000000000000000', null]) "
    "as decimal(38, 0)) as divisor) where dividend is null or divisor is null "
    "or dividend < cast(9223372036854775807 as decimal(38, 0)) * divisor"
)
GROUPS = (
    "select * from (values (1, 1, 'b'), (1, 2, 'a'), (1, 3, null), (2, 4, null), (3, 5, 'Ł'), "
    "(3, 6, 'z'), (3, 7, ''), (3, 8, 'Z'), (4, 9, ' '), (4, 10, 'it''s, so'), "
    "(4, 11, '\\'), (5, 12, '1234567890123456789')) as listed (id, place, value) "
    "union all select 6, 100 + i, 'k' || ((i * 7) % 23) from range(23) as many (i)"
)
VALUES = (
    "select id, cast(value as {kind}) as value from (values (1, null), (2, 2.5), (3, 0.5), "
    "(3, 1.5), (4, 1), (4, null), (4, 2), (4, 4), (5, -1), (5, -2.5), (6, 0.3), (6, 0.1), "
    "(6, 0.7), (6, 0.2), (7, 123456789012.25), (7, 123456789012.75)) as listed (id, value) "
    "union all select 8, cast(i / 7.0 as {kind}) from range(101) as many (i)"
)
JSONS = texts(
    *(None, "{}", '{"a": "b"}', '{"Łódź": "ż\\u00f3\\u0142w", "b": ""}', '{"a": null}'),
    *('{"a\\"b": "c\\\\d", "e": "line\\nbreak"}', '{"n": "1234567890123456789"}'),
)
CELLS = (
    "select row_number() over () as id, a, b from (select unnest([null, '', 'a', 'Łódź', 'it''s', "
    "'a \"b\"', 'back\\slash', 'a/b', 'line\nbreak', 'tab\t', chr(1) || chr(31), '🙂', "
    "chr(8232)]) as a) cross join (select unnest([null, 'x']) as b)"
)
LINKS = (
    "select i as node, 'k' || (i // 2) as hub from range(70) as chain (i) "
    "union all select i + 1, 'k' || (i // 2) from range(70) as chain (i) where i % 2 = 1 "
    "union all values (100, 'Łódź'), (101, 'Łódź'), (102, null), (103, null), (104, 'alone'), "
    "(105, ''), (106, ''), (100, 'Łódź'), (1234567890123456789, 'far'), (107, 'far')"
)
MERGES = (
    "select * from (values ('a', 'b'), ('b', 'c'), ('c', 'd'), ('x', 'y'), ('y', 'x'), "
    "('p', 'q'), ('q', 'r'), ('r', 'q'), ('Ł', 'ł'), ('', 'a'), ('1234567890123456789', 'd')) "
    "as merges (merged_contact_id, surviving_contact_id)"
)
EQUATIONS = (
    "select conversion_type, cast(origin as bigint) as origin, "
    "cast(target as bigint) as target, cast(factor as double) as factor from "
    "(values ('one', 0, 0, 2.0), ('two', 0, 0, 1.0), ('two', 0, 1, -0.3), "
    "('two', 1, 0, 0.0), ('two', 1, 1, 0.7), "
    "('three', 0, 0, 1.0), ('three', 0, 1, 0.1), ('three', 0, 2, 0.2), ('three', 1, 0, -0.25), "
    "('three', 1, 1, 1.0), ('three', 1, 2, -0.5), ('three', 2, 0, 0.0), ('three', 2, 1, -0.3), "
    "('three', 2, 2, 1.0)) as equations (conversion_type, origin, target, factor)"
)


def value(given: str, *expressions: str, macro: str = "", rest: str = "") -> Case:
    """A case of SQL for single values: ``expressions`` are calls of the macro."""
    columns = ", ".join(
        f"{{{{ {each} }}}} as x{number}" for number, each in enumerate(expressions, start=1)
    )
    return Case(
        macro or expressions[0].partition("(")[0], f"select id, {columns} from given {rest}", given
    )


def of_groups(given: str, *expressions: str) -> Case:
    """A case of an aggregate."""
    return value(given, *expressions, rest="group by id")


SESSION_VALUES = (
    *("as_of", "as_known_at", "timezone", "source_timezone", "currency", "phone_region"),
    *("pii_key", "run_id", "code_version", "seeds_hash"),
)
LITERALS = (
    *map(repr, ("", " ", "it's", "a\\b", "Łódź", '"q"', "line\nbreak", "\\'")),
    "none",
)
CASES = [
    value(ADDRESSES, "first_group('value', '[=]([^&]*)')"),
    value(ADDRESSES, r"first_group('value', '(\\p{L})[.]\\p{L}')"),
    value(ADDRESSES, "url_parameter('value', ['utm_source', 'gclid'])"),
    value(UNCLEANED, "decoded('value')"),
    value(TEXTS, "is_unfilled('value')"),
    value(ADDRESSES, "url_host('value')"),
    value(DAYS, "add_days('day', 'number')"),
    value(DAYS, "add_months('day', 'number')"),
    value(
        DAYS,
        *(f"period_start('{each}', 'day')" for each in ("week", "month", "quarter", "year")),
    ),
    Case(
        "each_day",
        "{{ each_day('given', 'first_day', 'last_day', ['id']) }}",
        SPANS,
        ("id", "date_day"),
    ),
    Case(
        "each_number",
        "{{ each_number('given', 'first_no', 'last_no', 'n', ['id']) }}",
        SPANS,
        ("id", "n"),
    ),
    value(ORDERED_DAYS, "full_years_between('earlier', 'later')"),
    value(PAIRS_OF_DAYS, "calendar_days('earlier', 'later')"),
    value(PAIRS_OF_DAYS, "calendar_months('earlier', 'later')"),
    value(WRITTEN_INSTANTS, "to_instant('value')"),
    value(DAYS, "day_start('day')"),
    value(
        INSTANTS,
        *(f"ordered_at('value', '{each}')" for each in ("true", "false", "cast(null as boolean)")),
    ),
    value(INSTANTS, "local_date('value')"),
    value(INSTANTS, "local_hour('value')"),
    value(INSTANTS, "elapsed_micros(epoch(), 'value')"),
    value(INSTANTS, "epoch()"),
    value(INSTANTS, "'cast(null as ' ~ instant_type() ~ ')'", macro="instant_type"),
    value(INSTANTS, "add_minutes('value', 'cast(id * 37 - 90 as int)')"),
    value(QUOTIENTS, "whole_quotient('dividend', 'divisor')"),
    *(
        of_groups(
            VALUES.format(kind=kind),
            *(f"percentile('value', {share})" for share in ("0.5", "0.9", "0.25")),
        )
        for kind in ("double", "bigint")
    ),
    value(TEXTS, r"replace_pattern('value', '([\\p{L}])([;.%])', '\\2\\1')"),
    value(TEXTS, "replace_pattern('value', not_letters_or_digits(), '')"),
    value(TEXTS, "lower_case('value')"),
    value(TEXTS, r"first_match('value', '[\\p{L}\\p{N}]+')"),
    value(TEXTS, r"matches_of('value', '[\\p{L}\\p{N}]+')"),
    value(TEXTS, "split_at_semicolons('value')"),
    *(
        Case("each_part", f"{{{{ each_part('given', {parts}, 'x', ['id']) }}}}", given, PLACES)
        for parts, given in (
            ("split_at_semicolons('value')", TEXTS),
            ("email_addresses('value')", EMAILS),
        )
    ),
    value(PHONES, "phone_parts('value')"),
    value(EMAILS, "normalised_email('value')"),
    value(TEXTS, "ids_of('value')", "first_id_of('value')"),
    of_groups(GROUPS, "list_of('value', 'place')", "list_of('value', 'place desc', ' > ')"),
    of_groups(GROUPS, "smallest_keys('value')"),
    value(TEXTS, "hash_of('value')"),
    value(TEXTS, "keyed_hash('value')"),
    Case(
        "members_of",
        "select id, member.key as name, member.value as x from "
        "(select id, {{ members_of('value') }} as member from given) as members",
        JSONS,
        ("id", "name"),
    ),
    value(CELLS, "json_of(['a', 'b'])"),
    value(ONE, *(f"text_literal({text})" for text in LITERALS)),
    Case(
        "stacked",
        """{{ stacked('given', ['id'], ['place', 'x'], [
            ["'1'", 'a'], ["'2'", 'b'], ["'3'", 'cast(null as string)']
        ]) }}""",
        CELLS,
        PLACES,
    ),
    Case(
        "computed_once",
        "with step as (select id, value as x from given {{ computed_once() }}) select * from step",
        TEXTS,
    ),
    value(ONE, *(f"session_value('{name}')" for name in SESSION_VALUES)),
    Case(
        "merge_chain",
        "with recursive merge_events as (select * from given), chain as ({{ merge_chain() }}) "
        "select distinct contact_id, passed_contact_id from chain",
        MERGES,
        ("contact_id", "passed_contact_id"),
    ),
    Case(
        "solved_equations",
        "select * from ({{ solved_equations('given') }}) as solved",
        EQUATIONS,
        ("conversion_type", "origin", "target"),
    ),
]

OF_THEIR_OWN = {
    "connected_components",
    "cleaned_seed",
    "first_rows",
    "rows_counted",
    "schema_name",
}
"""Macros that make tables, or that do not say the same: tests of their own are below."""

BROKEN = [
    ("local_date", "cast(from_utc_timestamp(", "cast(to_utc_timestamp("),
    ("add_months", "add_months({{ day }}, ", "add_months({{ day }} + 1, "),
    ("list_of", "within group (order by {{ order_by }})", "within group (order by {{ text }})"),
    ("percentile", "sort_array(collect_list(", "(collect_list("),
    ("split_at_semicolons", "split({{ text }}, ';')", "split({{ text }}, ';', 2)"),
]
"""Macros, and what is put in the place of a part of their Spark form."""


@pytest.fixture(params=ZONES)
def spark(request: pytest.FixtureRequest, settings: Settings, spark_server: str) -> Settings:
    timezone, source_timezone = ZONES[request.param]
    return load_settings(
        environment(
            settings,
            LEADHOUSE_ENGINE="spark",
            LEADHOUSE_SPARK_SERVER=spark_server,
            LEADHOUSE_PII_KEY="a'b\\c ż",
            LEADHOUSE_TIMEZONE=timezone,
            LEADHOUSE_SOURCE_TIMEZONE=source_timezone,
        )
    )


in_europe = pytest.mark.parametrize("spark", ["of Europe"], indirect=True)


def test_every_dispatched_macro_has_a_case() -> None:
    written = "".join(path.read_text() for path in DIALECT.glob("*.sql"))
    dispatched = set(re.findall(r"adapter\.dispatch\('(\w+)'", written))
    assert dispatched - {case.macro for case in CASES} == OF_THEIR_OWN


OF_ZONES = {"to_instant", "day_start", "ordered_at", "local_date", "local_hour", "session_value"}


@pytest.mark.parametrize(
    ("case", "spark"),
    [
        pytest.param(case, zones, id=f"{case.macro}-{number}-{zones}")
        for number, case in enumerate(CASES)
        for zones in (ZONES if case.macro in OF_ZONES else ["of Europe"])
    ],
    indirect=["spark"],
)
def test_both_forms_give_the_same(spark: Settings, tmp_path: Path, case: Case) -> None:
    found, differences = compared(spark, tmp_path, case)
    assert found
    assert not differences, "\n".join(differences)


@in_europe
@pytest.mark.parametrize(
    ("macro", "written", "instead"), BROKEN, ids=[macro for macro, *_ in BROKEN]
)
def test_a_form_that_is_broken_on_purpose_is_found(
    spark: Settings, tmp_path: Path, macro: str, written: str, instead: str
) -> None:
    case = next(case for case in CASES if case.macro == macro)
    _, differences = compared(spark, tmp_path, case, {written: instead})
    assert any(re.search(r": x1? is ", line) for line in differences), differences


@in_europe
def test_components_are_the_same_over_long_chains_and_odd_hubs(
    spark: Settings, tmp_path: Path
) -> None:
    query = "select * from ({{ connected_components('links', 'node', 'hub') }}) as found"
    files = []
    with both_engines(spark, tmp_path, LINKS) as engines:
        for engine in engines:
            engine.execute("create table links as select * from given")
            files.append(engine.keep(engine.rendered(query, {}, this="components")))
    found, differences = told(files, ("node",))
    assert found > 70
    assert not differences, "\n".join(differences)


@in_europe
def test_seeds_are_cleaned_the_same(spark: Settings, tmp_path: Path) -> None:
    query = "{{ cleaned_seed() }}"
    files = []
    # Spark composes no letters (docs/scale.md).
    given = f"select *, value as word from ({UNCLEANED}) where value is null or value <> 'e\u0301'"
    model = {"config": {"meta": {"words": ["word"]}}}
    with both_engines(spark, tmp_path, given) as engines:
        for engine in engines:
            engine.execute("create table seed as select * from given")
            statement = engine.rendered(query, {}, this="seed", model=model)
            if statement.strip():
                engine.execute(statement)
            files.append(engine.keep("select * from seed"))
    found, differences = told(files, ("id",))
    assert found
    assert not differences, "\n".join(differences)


@in_europe
def test_the_first_rows_are_the_same_hundred(spark: Settings, tmp_path: Path) -> None:
    query = "select {{ first_rows(['value', 'id'], 'id <> 7') }} as x from given"
    given = "select 'k' || (i * 7) % 300 as value, i as id from range(300) as many (i)"
    with both_engines(spark, tmp_path, given) as engines:
        one, other = (
            re.findall(r"k\d+", engine.execute(engine.rendered(query, {}))[0][0])
            for engine in engines
        )
    assert one == other
    assert len(one) == 100


@in_europe
def test_schemas_have_a_prefix_on_spark_and_rows_are_counted_on_duckdb(
    spark: Settings, tmp_path: Path
) -> None:
    lines: list[str] = []
    with both_engines(spark, tmp_path, TEXTS) as engines:
        schemas = [
            engine.rendered("{{ generate_schema_name('marts', none) }}", {}) for engine in engines
        ]
        for engine in engines:
            engine.rendered(
                "{{ rows_counted() }}",
                {},
                this="given",
                log=lambda line, info: lines.append(line),
                model={"config": {"materialized": "table"}},
            )
        [(count,)] = engines[0].execute("select count(*) from given")
    assert schemas == ["marts", "leadhouse_marts"]
    assert lines == [f"rows: {count}"]
