"""Dagster's instance of this installation: its home folder and its configuration."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from leadhouse.settings import Settings


def use_instance(settings: Settings) -> None:
    """Point this process and its children at Dagster's state under ``LEADHOUSE_HOME``.

    The configuration is the dagster.yaml beside this file, copied at every start.
    """
    folder = settings.dagster_dir
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    draft = folder / f".dagster.yaml.{os.getpid()}"
    shutil.copyfile(Path(__file__).with_name("dagster.yaml"), draft)
    draft.replace(folder / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["LEADHOUSE_HOME"] = str(settings.home)
    os.environ["LEADHOUSE_DROP"] = str(settings.drop)
    os.environ["DO_NOT_TRACK"] = "1"
