"""Texts are cleaned by one rule, in Python and in SQL."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadhouse import sqltext as sql
from leadhouse.settings import load_settings

LETTERS = (
    'ab \t\n\r\x00\u00e9e\u0301\u043e\u0308\u0142~!"'
    "\u00a0\u2009\u202f\u3000\u200b\u200f\ufeff\u2060\u00ad"
)


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as connection:
        yield connection


@settings(deadline=None)
@given(texts=st.lists(st.text(alphabet=LETTERS, max_size=8), min_size=1, max_size=50))
def test_python_and_sql_clean_alike(con, texts):
    listed = sql.texts(texts).replace("\0", "' || chr(0) || '")
    rows = con.execute(
        f"select {sql.cleaned_sql('given')} from (select unnest([{listed}]) as given)"
    ).fetchall()
    assert [row[0] or "" for row in rows] == [sql.cleaned(text) for text in texts]


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("\u00a0EUR \u200b", "EUR"),
        ("e\u0301", "\u00e9"),
        ("1\u202f234", "1 234"),
        ("\ufeffid", "id"),
        ("a\u00adb", "ab"),
        ("two\nlines ", "two\nlines"),
        ("\u200b", ""),
    ],
)
def test_what_cleaning_does(given, cleaned):
    assert sql.cleaned(given) == cleaned


def test_messages_show_odd_characters_as_code_points(con):
    given = sql.text("3:07\u202fPM\u200b\u00e9 \t")
    shown = con.execute(f"select {sql.shown_sql('x')} from (select {given} as x)").fetchall()
    assert shown == [("3:07<U+202F>PM<U+200B>\u00e9 <U+0009>",)]


def test_settings_are_cleaned(tmp_path):
    settings = load_settings(
        {"LEADHOUSE_HOME": str(tmp_path), "LEADHOUSE_CURRENCY": "\u00a0PLN\u200b "}
    )
    assert settings.currency == "PLN"
