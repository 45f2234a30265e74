"""Homes, deliveries and candidates for the tests of leadhouse and orchestration."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from leadhouse import build, publications
from leadhouse.paths import MAIN_FILE, PII_FILE, PROJECT_ROOT
from leadhouse.settings import Settings, load_settings

DAYS = ("2024-03-01", "2024-03-02", "2024-03-03")
"""The deliveries of the small company that ``published_home`` (conftest.py) is the home of."""


def write_candidate(settings: Settings, number: int, rows: int = 1000) -> None:
    """What a build leaves: its files; every row of every table says which build."""
    build.discard_candidate(settings)
    folder = settings.candidate_dir
    folder.mkdir(parents=True)
    (folder / "relations.json").write_text(f'{{"build": {number}}}')
    with duckdb.connect() as con:
        for name in ("leadhouse", "leadhouse_pii"):
            con.execute(f"attach '{folder / name}.duckdb' as {name} (storage_version 'v1.4.0')")
        con.execute("create schema leadhouse.marts")
        con.execute("create schema leadhouse.trust")
        con.execute("create schema leadhouse_pii.pii")
        for table in ("leadhouse.marts.fct_a", "leadhouse.marts.fct_b", "leadhouse_pii.pii.rpt_c"):
            con.execute(
                f"create table {table} as select {number} as build, i from range({rows}) t(i)"
            )
        con.execute(
            "create table leadhouse.trust.rpt_load_log as "
            "select 'contacts' as entity, now() as loaded_at"
        )
        con.execute(
            "create table leadhouse.trust.rpt_run as select cast(null as varchar) as build_id, "
            f"'{number}' as run_id, "
            "cast(null as varchar) as output_hash, now() as started_at, "
            "cast(null as timestamptz) as finished_at, cast(null as timestamptz) as published_at, "
            "cast(null as boolean) as tests_passed, now() as as_of, cast(null as date) as "
            "as_known_at, 'code' as code_version, 'seeds' as seeds_hash, 'input' as input_hash"
        )
        columns = ", ".join(f"{name} {kind}" for name, kind in publications.COLUMNS.items())
        con.execute(f"create table leadhouse.trust.rpt_publications ({columns})")
        con.execute(
            "create table leadhouse.marts.dim_lead_routing_panels as "
            "select 'p' as panel_id, 'c' as config_hash"
        )


def new_pair(folder: Path) -> duckdb.DuckDBPyConnection:
    """The two files of a build in a new folder; the connection is to the main one."""
    folder.mkdir(parents=True)
    duckdb.connect(str(folder / PII_FILE)).close()
    con = duckdb.connect(str(folder / MAIN_FILE))
    for schema in ("trust", "marts", "reports"):
        con.execute(f"create schema {schema}")
    return con


def sealed_candidate(settings: Settings, number: int, rows: int = 1000) -> None:
    write_candidate(settings, number, rows)
    build.seal(settings)


def current_number(settings: Settings) -> int:
    with duckdb.connect(str(settings.published_dir / "leadhouse.duckdb"), read_only=True) as con:
        return con.execute("select any_value(build) from marts.fct_a").fetchall()[0][0]


def keeping(settings: Settings, builds: int) -> Settings:
    return settings.model_copy(update={"keep_builds": builds})


def environment(settings: Settings, **more: str) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("LEADHOUSE_")}
    return kept | {
        "LEADHOUSE_HOME": str(settings.home),
        "LEADHOUSE_DROP": str(settings.drop),
        "PYTHONPATH": str(PROJECT_ROOT),
        **more,
    }


def leadhouse(settings: Settings, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command as a person calls it."""
    return subprocess.run(
        [sys.executable, "-m", "leadhouse.cli.main", *arguments],
        env=environment(settings, **more),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=420,
        check=False,
    )


def deliver(settings: Settings, day: str, **files: str) -> None:
    """Write a delivery: ``deliver(settings, "2024-03-01", contacts="contact_id,...")``."""
    folder = settings.drop / day
    folder.mkdir(parents=True, exist_ok=True)
    for entity, text in files.items():
        (folder / f"{entity}.csv").write_text(text)


def deliver_small_company(settings: Settings) -> None:
    """A deal, a call and users on the first day, a contact and a rate on each."""
    deliver(
        settings,
        DAYS[0],
        deals="deal_id,created_at,pipeline,stage,status,closed_at,amount,currency\n"
        "d1,2024-02-01,sales,won,won,2024-02-10,100.00,EUR\n",
        pipeline_stages="pipeline,stage,position,kind\nsales,new,1,open\nsales,won,2,won\n",
        users="user_id,name,is_active\nu1,A,true\nu2,B,true\n",
        calls="call_id,started_at,direction,from_phone,status\n"
        "k1,2024-02-01 10:00,in,+48600100200,missed\n",
    )
    for number, day in enumerate(DAYS, start=1):
        deliver(
            settings,
            day,
            contacts=f"contact_id,created_at,email\nc{number},{day} 08:00,c{number}@example.org\n",
            fx_rates=f"date,currency,rate\n{day},USD,0.9{number}\n",
        )


def settings_in(folder: Path) -> Settings:
    """A home and a drop folder in this folder."""
    places = {"LEADHOUSE_HOME": str(folder / "home"), "LEADHOUSE_DROP": str(folder / "drop")}
    return load_settings(places)


def copied_home(home: Settings, folder: Path) -> Settings:
    """A copy of a home and its drop folder that a test may change."""
    shutil.copytree(home.home.parent, folder, symlinks=True, dirs_exist_ok=True)
    return settings_in(folder)
