"""The dbt project is parsed once, and what is parsed is of use to every home and every build."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from leadhouse import dbt_project, doctor
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings, load_settings
from tests.ingestion.company import land


def at(folder: Path) -> Settings:
    return load_settings({"LEADHOUSE_HOME": str(folder), "LEADHOUSE_DROP": str(folder / "drop")})


@pytest.mark.slow
def test_a_project_is_parsed_once_for_all_homes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dbt_project.prepare_manifest(at(tmp_path / "first"))

    def parse(*_: Any) -> None:
        raise AssertionError("parsed again")

    monkeypatch.setattr(dbt_project, "run_dbt", parse)
    second = dbt_project.prepare_manifest(at(tmp_path / "second"))
    assert second.parent == tmp_path / "second" / "target"
    assert second.read_bytes() == first.read_bytes()
    assert (second.parent / dbt_project.PARTIAL_PARSE).exists()


def test_a_project_of_another_user_is_parsed_in_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = []

    def parse(_: Any, environment: dict[str, str]) -> None:
        folder = Path(environment["DBT_TARGET_PATH"])
        (folder / "manifest.json").write_text("{}")
        places.append(folder)

    monkeypatch.setattr(dbt_project, "run_dbt", parse)
    monkeypatch.setattr(os, "access", lambda *_: False)
    for _ in range(2):
        manifest = dbt_project.prepare_manifest(at(tmp_path))
    assert places == [manifest.parent] == [tmp_path / "target"]


def test_the_doctor_parses_what_changed_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = at(tmp_path)
    delivered = settings.drop / "2024-03-01" / "users.csv"
    delivered.parent.mkdir(parents=True)
    delivered.write_text("user_id,name\nu1,Ann\n")
    land(settings)
    settings.manifest_dir.mkdir()
    (settings.manifest_dir / dbt_project.PARTIAL_PARSE).write_text("parsed before")
    found = []

    def build(_: Any, environment: dict[str, str]) -> None:
        file = Path(environment["DBT_TARGET_PATH"]) / dbt_project.PARTIAL_PARSE
        found.append(file.exists() and file.read_text())

    monkeypatch.setattr(doctor, "run_dbt", build)
    monkeypatch.setattr(doctor, "prepare_manifest", lambda _: None)
    with suppress(LeadhouseError):
        doctor.examine(settings, lambda _: None)
    assert found == ["parsed before"]
