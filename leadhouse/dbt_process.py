"""dbt as a child that ends with the run that started it: ``python -m leadhouse.dbt_process``.

A dbt that outlives its killed run would go on writing the build file under the feet of the next
run, which has been seen. The kernel ends it instead, on Linux; elsewhere the build lock
(leadhouse.dbt_plugin) makes the next run wait for it.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from typing import Any

PARENT_VARIABLE = "LEADHOUSE_PARENT"
RUN_ID_VARIABLE = "LEADHOUSE_RUN_ID"
STARTED_AT_VARIABLE = "LEADHOUSE_STARTED_AT"
NODE_FAILED = "NodeFinished"
"""The event that this process adds to dbt's log, for each node that ended in ``FAILED``."""
FAILED = ("error", "fail")
_SET_PARENT_DEATH_SIGNAL = 1


def main() -> None:
    """Tie this process to its parent's life, then be dbt."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        # The parent may have died before the kernel was told.
        if os.environ.get(PARENT_VARIABLE, str(os.getppid())) != str(os.getppid()):
            raise SystemExit(1)
    # What dbt makes stays to the end: to look for garbage in it is a sixth of its time.
    gc.set_threshold(100_000, 50, 100)
    from dbt.adapters.duckdb.credentials import DuckDBCredentials
    from dbt.cli.main import cli

    # What makes dbt parse everything anew: no path of a home is in what it parses.
    DuckDBCredentials._connection_keys = lambda self: (  # type: ignore[method-assign]
        "database",
        "schema",
    )
    cli(prog_name="dbt", obj={"callbacks": [_tell_failure]})


def _tell_failure(event: Any) -> None:
    """Write what became of a node that failed to the log: dbt says it at its end only.

    To read it from dbt's debug log would cost a fifth of a build.
    """
    if event.info.name == NODE_FAILED and event.data.run_result.status in FAILED:
        from dbt_common.events.functions import msg_to_json

        sys.stdout.write(f"{msg_to_json(event)}\n")


if __name__ == "__main__":
    main()
