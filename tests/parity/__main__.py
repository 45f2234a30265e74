"""Random companies built on DuckDB and on Spark, compared: ``python -m tests.parity``."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from leadhouse.build import build_results
from leadhouse.dbt_project import Project, prepare_manifest
from leadhouse.errors import LeadhouseError
from leadhouse.lock import writer_lock
from leadhouse.settings import Settings
from leadhouse.spark import cluster
from tests.parity.comparing import Compared, compare
from tests.parity.deliveries import land_company

STARTED_AT = datetime(2024, 1, 1, tzinfo=UTC)


@click.command()
@click.option("--companies", default=1, show_default=True, help="how many random companies")
@click.option("--first", default=0, show_default=True, help="seed of the first of them")
@click.option("--server", help="host:port of a Thrift server that runs; else a cluster is started")
@click.option("--keep", type=click.Path(path_type=Path), help="folder for the builds, to look into")
def main(companies: int, first: int, server: str | None, keep: Path | None) -> None:
    """Build made-up companies on both engines and compare every published table.

    Ends with 1 where anything differs, with 2 where Spark or Java is missing.
    """
    if not server and (why := cluster.missing()):
        click.echo(f"No parity was tested. {why}", err=True)
        raise SystemExit(2)
    # Both engines take the key that each company's home keeps.
    os.environ.pop("LEADHOUSE_PII_KEY", None)
    folder = keep or Path(tempfile.mkdtemp(prefix="parity"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not server:
            cluster.start(folder / "cluster", size=cluster.SMALL)
            server = f"{cluster.HOST}:{cluster.PORT}"
        unlike = [
            seed
            for seed in range(first, first + companies)
            if _differ(seed, server, folder / str(seed))
        ]
    except LeadhouseError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from None
    finally:
        cluster.stop(folder / "cluster")
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    if unlike:
        click.echo(f"companies that differ: {', '.join(map(str, unlike))}", err=True)
        raise SystemExit(1)


def _differ(seed: int, server: str, folder: Path) -> bool:
    """Build a company on both engines and say what is not the same; is anything?"""
    shutil.rmtree(folder, ignore_errors=True)
    settings, project = land_company(seed, folder)
    spark = settings.model_copy(update={"engine": "spark", "spark_server": server})
    seconds = {
        each.engine: _build(each, project, folder / each.engine) for each in (settings, spark)
    }
    manifest = json.loads(prepare_manifest(settings).read_text())
    compared = list(compare(manifest, folder / settings.engine, folder / spark.engine))
    for line in in_words(seed, compared):
        click.echo(line)
    times = ", ".join(f"{engine} {taken:.0f} s" for engine, taken in seconds.items())
    click.echo(f"company {seed} was built in: {times}")
    return any(each.differences for each in compared)


def in_words(seed: int, compared: list[Compared]) -> list[str]:
    """What is not the same, table by table, and how many tables are."""
    lines = [f"{each.table}: {line}" for each in compared for line in each.differences]
    alike = [each for each in compared if not each.differences]
    filled = sum(1 for each in alike if each.rows)
    lines.append(
        f"company {seed}: {len(alike)} of {len(compared)} tables are the same on DuckDB and "
        f"Spark ({filled} of them with rows, {sum(each.rows for each in alike):,} rows)"
    )
    return lines


def _build(settings: Settings, project: Project, into: Path) -> float:
    """Build with dbt, every check included, and put the candidate aside; the seconds it took."""
    began = time.perf_counter()
    with writer_lock(settings):
        for _ in build_results(settings, "parity", STARTED_AT, project):
            pass
        settings.candidate_dir.rename(into)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
