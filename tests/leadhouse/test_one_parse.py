"""The dbt project is parsed once, and what is parsed is of use to every home and every build."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from leadhouse import dbt_project
from leadhouse.settings import Settings, load_settings


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
