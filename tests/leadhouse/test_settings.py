"""Settings: what is read, what is refused in which words, and that the key stays a secret."""

import os

import pytest

from leadhouse.errors import SettingsError
from leadhouse.settings import Settings, load_settings, settings_help, settings_table


def test_every_wrong_setting_is_reported_at_once(tmp_path):
    with pytest.raises(SettingsError) as caught:
        load_settings(
            {
                "LEADHOUSE_HOME": str(tmp_path),
                "LEADHOUSE_TIMEZONE": "Warsaw",
                "LEADHOUSE_CURRENCY": "euro",
                "LEADHOUSE_THREADS": "-1",
            }
        )
    assert str(caught.value).splitlines() == [
        "LEADHOUSE_TIMEZONE is 'Warsaw', which is not a time zone. Use an IANA name such as "
        "Europe/Warsaw.",
        "LEADHOUSE_CURRENCY is 'euro', which is not valid. Write it like EUR.",
        "LEADHOUSE_THREADS is '-1', which is not a whole number of 0 or more.",
    ]
    assert not (tmp_path / "pii_key").exists()


def test_a_blank_value_is_no_value_and_local_times_become_instants(tmp_path):
    settings = load_settings(
        {
            "LEADHOUSE_HOME": str(tmp_path),
            "LEADHOUSE_TIMEZONE": " Europe/Warsaw ",
            "LEADHOUSE_SOURCE_TIMEZONE": "  ",
            "LEADHOUSE_AS_OF": "2024-07-01",
        }
    )
    assert settings.source_timezone == "Europe/Warsaw"
    assert settings.as_of.isoformat() == "2024-06-30T22:00:00+00:00"


def test_the_key_is_generated_once_and_never_shown(tmp_path):
    settings = load_settings({"LEADHOUSE_HOME": str(tmp_path)})
    key = settings.pii_key.get_secret_value()
    assert len(key) == 64
    assert oct((tmp_path / "pii_key").stat().st_mode & 0o777) == "0o600"
    assert load_settings({"LEADHOUSE_HOME": str(tmp_path)}).pii_key == settings.pii_key
    shown = f"{settings!r} {settings.in_words()} {settings.as_environment()}"
    assert key not in shown and "pii" not in settings.in_words()


def test_a_child_process_gets_the_same_settings(tmp_path):
    given = {
        "LEADHOUSE_HOME": str(tmp_path),
        "LEADHOUSE_AS_KNOWN_AT": "2024-03-01",
        "LEADHOUSE_MEMORY_LIMIT": "4GB",
        "LEADHOUSE_PII_KEY": "k",
    }
    settings = load_settings(given)
    again = load_settings({**settings.as_environment(), "LEADHOUSE_PII_KEY": "k"})
    assert again == settings


@pytest.mark.parametrize("said", [settings_table(), settings_help()])
def test_table_and_help_name_every_setting(said):
    for name in Settings.model_fields:
        assert f"LEADHOUSE_{name.upper()}" in said
    assert os.linesep in said
