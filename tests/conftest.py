"""A home folder of its own for each test."""

from pathlib import Path

import pytest

from leadhouse.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        {"LEADHOUSE_HOME": str(tmp_path / "home"), "LEADHOUSE_DROP": str(tmp_path / "drop")}
    )
