"""The demo company as the pages see it."""

from pathlib import Path

import pytest

from leadhouse.settings import Settings, load_settings
from panels.reader import Build, Reader
from panels.view import View
from panels.visit import Visit
from panels.words import languages


@pytest.fixture(scope="session")
def company_settings(demo_company: Path) -> Settings:
    return load_settings({"LEADHOUSE_HOME": str(demo_company), "LEADHOUSE_PII_KEY": "none"})


@pytest.fixture(scope="session")
def build(company_settings: Settings) -> Build:
    return Reader(company_settings).current()


@pytest.fixture
def look(build: Build):
    def look(search: str = "", code: str = "en") -> Visit:
        return Visit(build, View.of("/", search), languages()[code])

    return look
