"""What the tests of connectors share."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from ingestion.connectors import pages
from ingestion.connectors.vendors import VENDORS
from tests.connectors.company import PullingCompany, dialect_of
from tests.connectors.server import Server


@pytest.fixture
def pulling(tmp_path, monkeypatch):
    """Makes such a company of ``number`` records; a part is closed after each second row."""
    monkeypatch.setattr(pages, "PART_ROWS", 2)
    servers = []

    @contextmanager
    def made(vendor: str, number: int = 12, **changes):
        dialect = dialect_of(vendor).company(number)
        for name, value in changes.items():
            setattr(dialect, name, value)
        with Server(dialect) as server:
            servers.append(server)
            yield PullingCompany(tmp_path / str(len(servers)), vendor, server, monkeypatch)

    return made


def pytest_generate_tests(metafunc):
    if "vendor" in metafunc.fixturenames:
        metafunc.parametrize("vendor", VENDORS)
