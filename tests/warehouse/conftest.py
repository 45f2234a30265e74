"""The project, compiled once for every test of a run that builds companies with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.warehouse.compiled_project import CompiledProject, compile_project

Projects = Callable[[str], CompiledProject]


@pytest.fixture(scope="session")
def projects(shared_folder: Path) -> Projects:
    """The compiled project by the name of its variables, see VARIANTS."""
    made: dict[str, CompiledProject] = {}

    def project(variant: str) -> CompiledProject:
        if variant not in made:
            manifest = compile_project(shared_folder / f"compiled_{variant}", variant)
            made[variant] = CompiledProject(manifest)
        return made[variant]

    return project
