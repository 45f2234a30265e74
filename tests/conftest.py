"""A home folder of its own for each test, and the demo company's for all that only read it."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from leadhouse.demo import company
from leadhouse.demo.generate import write_company
from leadhouse.settings import Settings, load_settings

DEMO_KEY = "of the demo company"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        {"LEADHOUSE_HOME": str(tmp_path / "home"), "LEADHOUSE_DROP": str(tmp_path / "drop")}
    )


@pytest.fixture(scope="session")
def demo_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its home, landed, built and published once, as `make run` does it.

    Whatever reads it belongs to the group "demo_company", so that one process makes it.
    """
    folder = tmp_path_factory.mktemp("demo-company")
    write_company(folder / "drop", "S", 1)
    of_company = {
        "LEADHOUSE_DROP": str(folder / "drop"),
        "LEADHOUSE_HOME": str(folder / "home"),
        "LEADHOUSE_AS_OF": (company.DELIVERY_DAYS[-1] + timedelta(days=1)).isoformat(),
        "LEADHOUSE_PII_KEY": DEMO_KEY,
    }
    command = [str(Path(sys.executable).with_name("leadhouse")), "run"]
    done = subprocess.run(
        command, env=os.environ | of_company, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "home"
