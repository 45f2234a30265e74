"""A random company as two deliveries, and the project with its seeds."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from ingestion.load import failure_message
from leadhouse.dbt_project import Project
from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import Settings, load_settings
from tests.ingestion.company import land
from tests.reference.companies import (
    VARIANTS,
    Company,
    File,
    random_company,
    write_drop,
    write_seeds,
)

TAKEN_BACK = "taken_back.csv"


def land_company(seed: int, folder: Path) -> tuple[Settings, Project]:
    """Land a random company in two deliveries below ``folder``.

    The second one brings late files, a restated one, contacts with an unknown column, and
    takes a file of the first back.
    """
    company = random_company(seed)
    settings = _settings(company, folder)
    days = sorted({file.delivery for file in company.files})
    early = [file for file in company.files if file.delivery <= days[len(days) // 2]]
    contacts = next(file for file in company.files if file.entity == "contacts" and file.rows)
    restated = max(early, key=lambda file: len(file.rows))
    taken_back = _contacts(contacts, early[0].delivery, TAKEN_BACK, {"contact_id": "taken back"})
    first = [replace(file, rows=file.rows[:-1]) if file is restated else file for file in early]
    _deliver(settings, [*first, taken_back])
    (settings.drop / str(taken_back.delivery) / TAKEN_BACK).unlink()
    grown = _contacts(contacts, days[-1], "with_a_new_column.csv", {"shoe_size": "44"})
    _deliver(settings, [*company.files, grown])
    return settings, _project(company, folder / "project")


def _contacts(like: File, delivery: object, name: str, more: dict[str, str]) -> File:
    row = {**like.rows[-1], **more}
    columns = tuple(dict.fromkeys((*like.columns, *more)))
    return replace(
        like,
        delivery=delivery,
        name=name,
        columns=columns,
        rows=(row,),
        delimiter=",",
        has_mark=False,
        has_odd_header=False,
    )


def _deliver(settings: Settings, files: list[File]) -> None:
    write_drop(files, settings.drop)
    results = land(settings)
    assert failure_message(results) is None, failure_message(results)


def _settings(company: Company, folder: Path) -> Settings:
    """The company's settings; dbt's own process finds the key of the hashes in the home folder."""
    (folder / "drop").mkdir(parents=True)
    environment = company.environment()
    del environment["LEADHOUSE_PII_KEY"]
    return load_settings(
        {
            **environment,
            "LEADHOUSE_DROP": str(folder / "drop"),
            "LEADHOUSE_HOME": str(folder / "home"),
        }
    )


def _project(company: Company, folder: Path) -> Project:
    folder.mkdir()
    for name in ("models", "macros", "tests", "dbt_project.yml", "profiles.yml"):
        (folder / name).symlink_to(PROJECT_ROOT / name)
    shutil.copytree(PROJECT_ROOT / "seeds", folder / "seeds")
    write_seeds(company, folder / "seeds")
    return Project(folder, VARIANTS[company.variant])
