"""A home folder of its own for each test, and the demo company's for all that only read it."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from homes import deliver_small_company, leadhouse, settings_in

from leadhouse.demo import company
from leadhouse.demo.generate import write_company
from leadhouse.lock import hold
from leadhouse.settings import Settings

DEMO_KEY = "of the demo company"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first, so that no process waits for another's at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the processes of one run of the tests share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


@pytest.fixture(scope="session")
def published_home(shared_folder: Path) -> Settings:
    """A small company after its first `leadhouse run`, made once; `copied_home` to change it.

    What the command said is in ``first_run.txt`` beside the home.
    """
    folder = shared_folder / "published-home"
    settings, said = settings_in(folder), folder / "first_run.txt"
    with hold(shared_folder / "published-home.lock"):
        if not said.exists():
            deliver_small_company(settings)
            done = leadhouse(settings, "run")
            assert done.returncode == 0, done.stdout + done.stderr
            assert done.stderr == ""
            said.write_text(done.stdout)
    return settings


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
