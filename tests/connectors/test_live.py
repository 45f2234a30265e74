"""Real accounts, only when they are asked for: pytest -m live, with connectors.toml and variables.

It reads the first page of each stream of the last days, and lands it in a folder of its own; it
says nothing of what is in it.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingestion.connectors.configuration import read_accounts
from ingestion.connectors.extract import look, open_client
from ingestion.connectors.pages import PullFolder
from ingestion.connectors.vendor import Page, Pull, Window
from ingestion.connectors.vendors import VENDORS
from leadhouse.paths import PROJECT_ROOT
from tests.ingestion.company import Company, settings_for

_DAYS = 7


def _streams():
    file = os.environ.get("LEADHOUSE_CONNECTORS", PROJECT_ROOT / "connectors.toml")
    accounts = read_accounts(Path(file))
    return [
        pytest.param(account, stream, id=f"{account.shown_as}-{stream}")
        for account in accounts
        if all(os.environ.get(variable) for variable in account.secrets.values())
        for stream in account.streams
    ]


def pytest_generate_tests(metafunc):
    asked = "live" in metafunc.config.getoption("-m")
    none = pytest.mark.skip(reason="pytest -m live, with connectors.toml and its variables, asks")
    found = _streams() if asked else []
    metafunc.parametrize(("account", "name"), found or [pytest.param(None, None, marks=none)])


@pytest.mark.live
def test_the_first_page_of_a_stream_lands(account, name, tmp_path):
    company = Company(settings_for(tmp_path))
    company.drop.mkdir(parents=True)
    company.settings = company.settings.model_copy(update={"currency": account.currency})
    stream = VENDORS[account.vendor].stream(name)
    today = datetime.now(account.zone).date()
    window = Window(today - timedelta(days=_DAYS), today + timedelta(days=1), account.zone)
    assert look(company.settings, account)
    with open_client(company.settings, account) as client:
        client.about = f"{account.shown_as}, stream {name}, {window}"
        folder = PullFolder(tmp_path, company.drop, account, stream, window, today)
        pages = stream.pages(Pull(account, client, window), None)
        folder.store((Page(page.records) for page, _ in zip(pages, range(1), strict=False)), client)
        folder.publish(None)
    assert [result.error for result in company.land() if result.error] == []
    assert len(company.quarantine()) == 0
