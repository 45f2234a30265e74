"""A company with one account of a vendor, which a server on the loopback plays."""

from __future__ import annotations

import gzip
import json
from datetime import date
from importlib import import_module

from ingestion.connectors.client import Waiting
from ingestion.connectors.configuration import accounts_in
from ingestion.connectors.extract import pull_account
from ingestion.contract import ENTITIES
from tests.ingestion.company import Company, settings_for

TODAY = date(2024, 2, 4)


def dialect_of(vendor: str):
    return import_module(f"tests.connectors.dialects.{vendor}")


class Killed(BaseException):
    """What a kill is to the process: nobody catches it."""


class PullingCompany(Company):
    """A company and its account; ``waits`` are the seconds that its client would have slept."""

    def __init__(self, root, vendor, server, monkeypatch):
        super().__init__(settings_for(root))
        self.vendor, self.server = vendor, server
        self.waits: list[float] = []
        self.dies_at: int | None = None
        self.drop.mkdir(parents=True, exist_ok=True)
        dialect = server.dialect
        for name, value in dialect.environ.items():
            monkeypatch.setenv(name, value)
        entry = {
            **{"address": server.address, "timezone": "UTC", "currency": "EUR"},
            **{"secrets": dialect.secrets, "options": dialect.options},
        }
        options = dict(dialect.options)
        if "token_address" in options:
            options["token_address"] = server.address + options["token_address"]
        pairs = {
            key: "{" + ", ".join(f'{name} = "{value}"' for name, value in given.items()) + "}"
            for key, given in (("secrets", entry["secrets"]), ("options", options))
        }
        self.toml = (
            f'[{vendor}.main]\nsince = 2024-02-01\ntimezone = "UTC"\ncurrency = "EUR"\n'
            f'address = "{server.address}"\nsecrets = {pairs["secrets"]}\n'
            f"options = {pairs['options']}\n"
        )
        (self.account,) = accounts_in(self.toml, "connectors.toml")

    def _now(self) -> float:
        if self.dies_at is not None:
            if self.dies_at == 0:
                raise Killed
            self.dies_at -= 1
        return 0.0

    def pull(self, streams=None, asked=(None, None), today=TODAY):
        waiting = Waiting(self._now, self.waits.append)
        return list(pull_account(self.settings, self.account, streams, asked, waiting, today))

    def lines(self, day=TODAY) -> dict[str, list[str]]:
        """The published files' lines."""
        return {
            path.name: gzip.decompress(path.read_bytes()).decode().splitlines()
            for path in sorted((self.drop / day.isoformat()).glob("*.jsonl.gz"))
        }

    def records(self, stream, day=TODAY) -> list:
        (found,) = [
            lines
            for name, lines in self.lines(day).items()
            if name.startswith(f"{self.vendor}_{stream}-")
        ]
        return [json.loads(line) for line in found]

    def counted(self) -> dict[str, int]:
        """The distinct keys of each entity that landed."""
        found = {}
        for name, entity in ENTITIES.items():
            key = ", ".join(entity.key)
            rows = self.query(
                f"select count(*) from (select distinct {key} from raw.{name} where not _fills)"
            )
            if rows[0][0]:
                found[name] = rows[0][0]
        return found
