"""Made-up companies, landed as a user lands theirs."""

from __future__ import annotations

from pathlib import Path

from ingestion.load import failure_message
from leadhouse.settings import Settings, load_settings
from tests.ingestion.company import land
from tests.reference.companies import Company, write_drop, write_seeds


def landed(company: Company, folder: Path) -> Settings:
    """Land all that the company delivers, and write its seeds to ``folder/seeds``."""
    settings = settings_of(company, folder)
    write_drop(company.files, settings.drop)
    land_whole(settings)
    write_seeds(company, folder / "seeds")
    return settings


def settings_of(company: Company, folder: Path) -> Settings:
    environment = {
        **company.environment(),
        "LEADHOUSE_DROP": str(folder / "drop"),
        "LEADHOUSE_HOME": str(folder / "home"),
    }
    (folder / "drop").mkdir(parents=True, exist_ok=True)
    return load_settings(environment)


def land_whole(settings: Settings) -> None:
    """Land what is new; the companies are valid, so that no file and no row may be left out."""
    results = land(settings)
    assert failure_message(results) is None, failure_message(results)
    assert not [result for result in results if result.rows_quarantined]
