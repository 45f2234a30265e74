"""A Spark cluster on this machine: a master, two workers and a Thrift server, on the loopback.

All four are one process group, by which they are stopped, and keep everything below one folder.
The metastore is in memory: tables of Spark last as long as the cluster, what is published does not
need them.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from leadhouse.errors import LeadhouseError
from leadhouse.paths import PROJECT_ROOT
from leadhouse.progress import progress

HOST = "127.0.0.1"
PORT = 10000
MASTER_PORT = 7077
JAVA = 17
START_SECONDS = 180
_STATE = "cluster.json"
_WORKERS = 2
_FOR_FEW_ROWS = {
    # To compile a query takes longer than to run it over some thousand rows.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": _WORKERS,
}
# One compiler: what runs for minutes does not earn what the second one costs.
_QUICK_JVM = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
_LOG = """
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
"""


@dataclass(frozen=True)
class Size:
    """What the cluster may use: ``cores`` and ``memory`` of each executor, the server's heap."""

    cores: int = 1
    memory: str = "1g"
    server_memory: str = "1g"


SMALL = Size(memory="768m", server_memory="2g")
"""For companies of a few thousand rows."""


def spark_home() -> Path:
    """The folder of Spark: ``SPARK_HOME``, the environment of `make spark`, or pyspark's own.

    Raises :class:`LeadhouseError` when there is none.
    """
    if given := os.environ.get("SPARK_HOME"):
        folder = Path(given)
        if not (folder / "bin" / "spark-class").exists():
            raise LeadhouseError(
                f"SPARK_HOME is {given}, where there is no bin/spark-class. Name Spark's folder, "
                "or leave the variable out and run `make spark`."
            )
        return folder
    found = sorted(PROJECT_ROOT.glob(".venv-spark/lib/python*/site-packages/pyspark"))
    if spec := importlib.util.find_spec("pyspark"):
        found += map(Path, spec.submodule_search_locations or ())
    if not found:
        raise LeadhouseError("Spark is not installed here. `make spark` installs it (450 MB).")
    return found[0]


def java() -> str:
    """The command of Java. Raises :class:`LeadhouseError` without Java 17 or later."""
    home = os.environ.get("JAVA_HOME")
    command = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    try:
        said = subprocess.run(
            [command or "java", "-version"], capture_output=True, text=True, check=True
        ).stderr
        version = int(said.split('"')[1].split(".")[0])
    except (OSError, subprocess.CalledProcessError, IndexError, ValueError):
        version = 0
    if version < JAVA:
        raise LeadhouseError(
            f"Spark needs Java {JAVA} or later and found {version or 'none'}. Install it (on "
            "Debian `apt-get install openjdk-17-jre-headless`), or name its folder in JAVA_HOME."
        )
    return command or "java"


def missing() -> str | None:
    """What a cluster on this machine lacks, in words that say how to get it; ``None`` if nothing.

    What asks this can go on without Spark.
    """
    try:
        java()
        spark_home()
    except LeadhouseError as error:
        return str(error)
    return None


def start(folder: Path, port: int = PORT, size: Size | None = None) -> None:
    """Start the cluster whose logs and tables are in ``folder``; return when it takes queries.

    Raises :class:`LeadhouseError` when something is missing, a port is taken, or a part does not
    come up.
    """
    size = size or Size()
    java()
    home = spark_home()
    if running(folder):
        raise LeadhouseError(f"The cluster in {folder} runs already. Stop it first.")
    for taken in (port, MASTER_PORT + port - PORT):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, taken)) == 0:
                raise LeadhouseError(
                    f"Port {taken} of {HOST} is taken by another program. Stop that, or start the "
                    "cluster with another --port."
                )
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "conf").mkdir(parents=True)
    _write_configuration(folder, size)
    master = f"spark://{HOST}:{MASTER_PORT + port - PORT}"
    spark_class, submit = str(home / "bin" / "spark-class"), str(home / "bin" / "spark-submit")
    package = "org.apache.spark.deploy"
    daemon = {"SPARK_DAEMON_MEMORY": "256m"}
    group = _spawn(
        folder,
        "master",
        [
            *(spark_class, f"{package}.master.Master", "--host", HOST),
            *("--port", master.rpartition(":")[2], "--webui-port", "0"),
        ],
        daemon,
    )
    (folder / _STATE).write_text(json.dumps({"group": group, "port": port}))
    for number in range(1, _WORKERS + 1):
        _spawn(
            folder,
            f"worker{number}",
            [
                *(spark_class, f"{package}.worker.Worker", "--host", HOST, "--webui-port", "0"),
                *("-c", str(size.cores), "-m", size.memory),
                *("-d", str(folder / f"work{number}"), master),
            ],
            daemon,
            group,
        )
    _spawn(
        folder,
        "server",
        [
            *(submit, "--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"),
            *("--master", master, "--executor-memory", size.memory),
            *("--executor-cores", str(size.cores)),
            *("--total-executor-cores", str(_WORKERS * size.cores), "spark-internal"),
            *("--hiveconf", f"hive.server2.thrift.bind.host={HOST}"),
            *("--hiveconf", f"hive.server2.thrift.port={port}"),
        ],
        # The heap of this class is the daemon's, whatever --driver-memory says.
        {"SPARK_DAEMON_MEMORY": size.server_memory},
        group,
    )
    _await_server(folder, group, port)


def stop(folder: Path) -> bool:
    """Stop the cluster of ``folder``; whether one ran."""
    group = _group(folder)
    if group is None:
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + 20
        while _alive(group) and time.monotonic() < deadline:
            os.killpg(group, number)
            time.sleep(0.5)
    (folder / _STATE).unlink()
    return True


def running(folder: Path) -> bool:
    """Whether the cluster of ``folder`` runs."""
    return _group(folder) is not None


def _group(folder: Path) -> int | None:
    try:
        group = int(json.loads((folder / _STATE).read_text())["group"])
    except FileNotFoundError:
        return None
    return group if _alive(group) else None


def _alive(group: int) -> bool:
    """Whether a process of the group lives; those of this process that ended are buried first."""
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _spawn(
    folder: Path, part: str, command: list[str], more: dict[str, str], group: int = 0
) -> int:
    kept = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("SPARK_", "LEADHOUSE_", "PYSPARK_"))
    }
    with (folder / f"{part}.log").open("wb") as log:
        return subprocess.Popen(
            command,
            env=kept
            | {
                "SPARK_HOME": str(spark_home()),
                "SPARK_CONF_DIR": str(folder / "conf"),
                "SPARK_LOCAL_IP": HOST,
                "SPARK_LOCAL_DIRS": str(folder / "local"),
                "SPARK_NO_DAEMONIZE": "1",
            }
            | more,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=group,
        ).pid


def _write_configuration(folder: Path, size: Size) -> None:
    quick = _QUICK_JVM if size == SMALL else ""
    settings: dict[str, object] = {
        "spark.sql.warehouse.dir": folder / "warehouse",
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:metastore;create=true",
        "spark.driver.extraJavaOptions": f"{quick} -Dderby.stream.error.file=derby.log",
        "spark.executor.extraJavaOptions": quick,
        "spark.ui.enabled": "false",
        # The default of 200 is for a cluster of hundreds of cores.
        "spark.sql.shuffle.partitions": 2 * _WORKERS,
        "spark.scheduler.mode": "FAIR",
        **(_FOR_FEW_ROWS if size == SMALL else {}),
    }
    lines = "".join(f"{name} {value}\n" for name, value in settings.items())
    (folder / "conf" / "spark-defaults.conf").write_text(lines)
    (folder / "conf" / "log4j2.properties").write_text(_LOG)


def _await_server(folder: Path, group: int, port: int) -> None:
    progress.info("starting a Spark cluster on %s:%s", HOST, port)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        if not _all_alive(folder):
            break
        time.sleep(0.5)
    os.killpg(group, signal.SIGKILL)
    (folder / _STATE).unlink()
    said = (folder / "server.log").read_text(errors="replace").strip().splitlines()
    why = next((line for line in said if "Exception" in line or "Error" in line), "")
    raise LeadhouseError(
        f"The Spark cluster did not come up within {START_SECONDS} s. {why} "
        f"Its logs are in {folder}."
    )


def _all_alive(folder: Path) -> bool:
    """Whether the Thrift server has not ended, as its log tells."""
    text = (folder / "server.log").read_text(errors="replace")
    return "Shutdown hook called" not in text
