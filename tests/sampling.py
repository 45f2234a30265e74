"""Which of many alike cases `.ci/run` tries; `make test` tries them all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def sampled(values: Iterable[Any], in_ci: int) -> list[Any]:
    """The values as parameters of a test, all but the first ``in_ci`` of them marked long."""
    return [
        value if at < in_ci else pytest.param(value, marks=pytest.mark.long)
        for at, value in enumerate(values)
    ]
