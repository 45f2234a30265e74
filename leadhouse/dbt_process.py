"""dbt as a child that ends with the run that started it: ``python -m leadhouse.dbt_process``.

A dbt that outlives its killed run would go on writing the build file under the feet of the next
run, which has been seen. The kernel ends it instead, on Linux; elsewhere the build lock
(leadhouse.dbt_plugin) makes the next run wait for it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PARENT_VARIABLE = "LEADHOUSE_PARENT"
RUN_ID_VARIABLE = "LEADHOUSE_RUN_ID"
STARTED_AT_VARIABLE = "LEADHOUSE_STARTED_AT"
_SET_PARENT_DEATH_SIGNAL = 1


def main() -> None:
    """Tie this process to its parent's life, then be dbt."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        # The parent may have died before the kernel was told.
        if os.environ.get(PARENT_VARIABLE, str(os.getppid())) != str(os.getppid()):
            raise SystemExit(1)
    from dbt.cli.main import cli

    cli(prog_name="dbt")


if __name__ == "__main__":
    main()
