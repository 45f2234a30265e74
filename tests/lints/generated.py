"""Generated files say what they are generated from (leadhouse/generated.py)."""

from __future__ import annotations

from collections.abc import Mapping

from tests.lints.findings import Finding


def lint_generated(files: Mapping[str, str], expected: Mapping[str, str]) -> list[Finding]:
    """Generated files that are missing or no longer what `make docs` would write."""
    return [
        Finding(path, "is not what it is generated from; run `make docs`")
        for path, text in expected.items()
        if files.get(path) != text
    ]
