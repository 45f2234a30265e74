"""A Spark cluster on this machine: ``python -m leadhouse.spark start`` and ``stop``."""

from __future__ import annotations

from pathlib import Path

import click

from leadhouse.errors import LeadhouseError
from leadhouse.paths import PROJECT_ROOT
from leadhouse.spark import cluster

FOLDER = PROJECT_ROOT / ".leadhouse-spark"


@click.group()
def main() -> None:
    """A master, two workers and a Thrift server of Spark on the loopback of this machine."""


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, help="logs and tables")
@click.option("--port", default=cluster.PORT, show_default=True, help="port of the Thrift server")
@click.option("--memory", default="1g", show_default=True, help="memory of each executor")
@click.option("--server-memory", default="1g", show_default=True, help="heap of the Thrift server")
def start(folder: Path, port: int, memory: str, server_memory: str) -> None:
    """Start the cluster; what an earlier one left in the folder is removed."""
    size = cluster.Size(memory=memory, server_memory=server_memory)
    try:
        cluster.start(folder.absolute(), port, size)
    except LeadhouseError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Spark takes queries on {cluster.HOST}:{port}; its logs are in {folder}.")


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, help="logs and tables")
def stop(folder: Path) -> None:
    """Stop the cluster."""
    stopped = cluster.stop(folder.absolute())
    click.echo("The cluster is stopped." if stopped else "No cluster runs here.")


if __name__ == "__main__":
    main()
