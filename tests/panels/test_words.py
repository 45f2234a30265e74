"""The catalogues of texts."""

import re
import string

import pytest

from leadhouse.paths import PROJECT_ROOT
from panels.words import choose_language, languages

CODES = {"en", "pl", "uk", "ru", "id"}
PYTHON = "\n".join(
    file.read_text(encoding="utf-8") for file in (PROJECT_ROOT / "panels").rglob("*.py")
)


def test_there_is_one_catalogue_a_language():
    assert set(languages()) == CODES


@pytest.mark.parametrize("code", sorted(CODES - {"en"}))
def test_every_language_has_every_text_with_the_same_parts(code):
    english, other = languages()["en"].texts, languages()[code].texts

    def parts(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert list(other) == list(english)
    assert {key: parts(text) for key, text in other.items()} == {
        key: parts(text) for key, text in english.items()
    }
    assert all(other.values())


def test_no_text_is_left_over():
    patterns = set(re.findall(r'f"([a-z_]+)_\{', PYTHON))
    named = set(re.findall(r'["\']([a-z_0-9]+)["\']', PYTHON))
    left = {
        key
        for key in languages()["en"].texts
        if key not in named and not any(key.startswith(f"{each}_") for each in patterns)
    }
    assert left == set()


def test_numbers_are_written_as_the_language_writes_them():
    written = {code: words.number(-1234567.891, 2) for code, words in languages().items()}
    assert written == {
        "en": "−1,234,567.89",
        "id": "−1.234.567,89",
        "pl": "−1\u00a0234\u00a0567,89",
        "ru": "−1\u00a0234\u00a0567,89",
        "uk": "−1\u00a0234\u00a0567,89",
    }
    assert languages()["en"].number(None) == "–"


@pytest.mark.parametrize(
    ("asked", "accepted", "code"),
    [
        ("pl", ["ru"], "pl"),
        (None, ["de-DE", "uk-UA"], "uk"),
        ("xx", [], "en"),
    ],
)
def test_the_address_chooses_the_language_then_the_browser(asked, accepted, code):
    assert choose_language(asked, accepted).code == code
