"""The commands and Dagster's assets, against a server that plays the vendor."""

from __future__ import annotations

import tomllib

import dagster as dg
import pytest
from click.testing import CliRunner

from ingestion.connectors.configuration import read_accounts
from leadhouse import doctor
from leadhouse.cli.connectors import connect
from leadhouse.errors import LeadhouseError
from orchestration.defs.extracts import extract_jobs, extracts
from tests.homes import leadhouse


@pytest.fixture
def shop(pulling, tmp_path):
    with pulling("calltouch") as company:
        file = tmp_path / "connectors.toml"
        file.write_text(company.toml)
        company.settings = company.settings.model_copy(update={"connectors": file})
        yield company


def called(shop, *arguments):
    return leadhouse(shop.settings, *arguments, LEADHOUSE_CONNECTORS=str(shop.settings.connectors))


def test_extract_pulls_what_the_file_says_and_land_takes_it(shop):
    done = called(shop, "extract", "calltouch", "--to", "2024-02-04")
    assert done.returncode == 0, done.stderr
    assert "calltouch.main calls: 12 rows of 2024-02-01 to 2024-02-04, 1 requests" in done.stdout
    shop.land()
    assert shop.query("select count(*) from raw.calls") == [(12,)]


def test_extract_says_every_failure_and_names_unknown_accounts(shop, monkeypatch):
    done = called(shop, "extract", "caltouch")
    assert done.returncode == 1
    assert "has no account caltouch. Did you mean calltouch?" in done.stderr
    monkeypatch.delenv("CALLS_TOKEN")
    done = called(shop, "extract")
    assert done.returncode == 1
    assert "1 of 1 accounts were not pulled" in done.stderr
    assert "calltouch.main: the environment variable is not set: CALLS_TOKEN" in done.stderr


def test_the_doctor_asks_each_account_what_it_sees(shop, monkeypatch):
    assert doctor._connectors(shop.settings).startswith("calltouch.main (site 134: ")
    monkeypatch.setenv("CALLS_TOKEN", "another")
    with pytest.raises(LeadhouseError, match="The token lacks a right"):
        doctor._connectors(shop.settings)
    monkeypatch.delenv("CALLS_TOKEN")
    assert "not asked, CALLS_TOKEN not set" in doctor._connectors(shop.settings)


def test_connect_writes_the_account_and_shows_what_it_sees(shop, monkeypatch, tmp_path):
    file = tmp_path / "new.toml"
    for name in ("DROP", "HOME", "CONNECTORS"):
        value = file if name == "CONNECTORS" else getattr(shop.settings, name.lower())
        monkeypatch.setenv(f"LEADHOUSE_{name}", str(value))
    asked = ["2024-02-01", "Europe/Warsaw", "PLN", "CALLS_TOKEN", "134"]
    arguments = ["calltouch", "--account", "shop", "--address", shop.server.address]
    done = CliRunner().invoke(connect, arguments, input="\n".join(asked))
    assert done.exit_code == 0, done.output
    assert "It sees: site 134: " in done.output
    assert tomllib.loads(file.read_text())["calltouch"]["shop"]["secrets"] == {
        "token": "CALLS_TOKEN"
    }
    assert [account.shown_as for account in read_accounts(file)] == ["calltouch.shop"]


def test_dagster_has_an_asset_a_stream_and_asks_for_a_range_at_once(shop, monkeypatch):
    for name in ("drop", "home", "connectors"):
        monkeypatch.setenv(f"LEADHOUSE_{name.upper()}", str(getattr(shop.settings, name)))
    assets = extracts(read_accounts(shop.settings.connectors))
    keys = [asset.key.to_user_string() for asset in assets]
    assert keys == ["extract/calltouch/calls", "extract/calltouch/requests"]
    jobs, schedules = extract_jobs(assets)
    dg.Definitions.validate_loadable(dg.Definitions(assets, jobs=jobs, schedules=schedules))
    days = {
        "dagster/asset_partition_range_start": "2024-02-01",
        "dagster/asset_partition_range_end": "2024-02-03",
    }
    result = dg.materialize([assets[0]], tags=days)
    (event,) = result.get_asset_materialization_events()[:1]
    metadata = event.materialization.metadata
    assert metadata["dagster/row_count"].value == 12
    assert metadata["requests"].value == len(shop.server.log) == 1
    asked = shop.server.log[0].params
    assert (asked["dateFrom"], asked["dateTo"]) == ("01/02/2024", "03/02/2024")
