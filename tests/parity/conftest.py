"""A Thrift server of Spark for the tests that need one: a named one, or a cluster of their own."""

import os
import socket
from collections.abc import Iterator

import pytest

from leadhouse.spark import cluster

SERVER = "LEADHOUSE_SPARK_SERVER"


@pytest.fixture(scope="session")
def spark_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of a server: the one that LEADHOUSE_SPARK_SERVER names, else one for these tests.

    Whatever uses it belongs to the group "spark", so that one process starts it.
    """
    if given := os.environ.get(SERVER):
        yield given
        return
    if why := cluster.missing():
        pytest.skip(f"Spark is not tested. {why}")
    folder = tmp_path_factory.mktemp("spark")
    with socket.socket() as probe:
        probe.bind((cluster.HOST, 0))
        port = probe.getsockname()[1]
    cluster.start(folder / "cluster", port, cluster.SMALL)
    try:
        yield f"{cluster.HOST}:{port}"
    finally:
        cluster.stop(folder / "cluster")
