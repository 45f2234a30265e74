"""The lints' tests share one parse of the project, so they stay in one process."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "xdist_group(name): tests that run in one process")
