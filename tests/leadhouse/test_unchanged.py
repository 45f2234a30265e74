"""When a run would only make the published build again, and when not."""

import os

import pytest
from homes import sealed_candidate
from pydantic import SecretStr

from leadhouse import publishing, unchanged
from leadhouse.unchanged import note_published, unchanged_build

LOADS = ["load-a", "load-b"]


@pytest.fixture
def published(settings):
    sealed_candidate(settings, 1)
    build = publishing.publish(settings).build_id
    note_published(settings, LOADS)
    return build


def test_the_same_deliveries_settings_and_code_are_the_same_build(settings, published):
    assert unchanged_build(settings, reversed(LOADS)) == published
    assert unchanged_build(settings, LOADS[:1]) is None


def test_another_setting_or_key_or_code_is_not(settings, published, monkeypatch):
    later = settings.model_copy(update={"currency": "PLN"})
    assert unchanged_build(later, LOADS) is None
    another_key = settings.model_copy(update={"pii_key": SecretStr("another")})
    assert unchanged_build(another_key, LOADS) is None
    monkeypatch.setattr(unchanged, "code_version", lambda: "edited")
    assert unchanged_build(settings, LOADS) is None


def test_who_is_told_and_how_fast_it_goes_is_the_same_build(settings, published):
    later = {
        "alert_email": "ops@example.org",
        "alert_webhook": SecretStr("https://chat.example.org/hook"),
        "smtp_password": SecretStr("correct horse"),
        "late_after_hours": 32,
        "port": 3001,
        "threads": 1,
        "keep_builds": 3,
    }
    assert unchanged_build(settings.model_copy(update=later), LOADS) == published


def test_nothing_published_or_nothing_noted_is_not(settings):
    assert unchanged_build(settings, LOADS) is None
    sealed_candidate(settings, 1)
    publishing.publish(settings)
    assert unchanged_build(settings, LOADS) is None


def test_a_build_that_was_replaced_taken_back_or_touched_is_not(settings, published):
    sealed_candidate(settings, 2)
    publishing.publish(settings)
    assert unchanged_build(settings, LOADS) is None
    note_published(settings, LOADS)
    publishing.rollback(settings)
    assert unchanged_build(settings, LOADS) is None
    note_published(settings, LOADS)
    file = (settings.published_dir / "leadhouse.duckdb").resolve()
    os.utime(file, (1, 1))
    assert unchanged_build(settings, LOADS) is None
    file.unlink()
    assert unchanged_build(settings, LOADS) is None
