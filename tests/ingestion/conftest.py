"""A company of its own for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingestion.company import Company, settings_for


@pytest.fixture
def company(tmp_path: Path) -> Company:
    (tmp_path / "drop").mkdir()
    return Company(settings_for(tmp_path))
