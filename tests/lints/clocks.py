"""No wall clock in SQL: the two clocks are passed in (CONTRIBUTING.md, rule 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.lints.findings import Finding
from tests.lints.sqltext import take_apart

_FUNCTIONS = re.compile(
    r"\b(now|today|yesterday|tomorrow|getdate|getutcdate|curdate|curtime|sysdate|sysdatetime"
    r"|get_current_time|get_current_timestamp|transaction_timestamp|statement_timestamp"
    r"|clock_timestamp|utc_timestamp|unix_timestamp|txid_current|random|rand|randn|uuid"
    r"|uuidv4|uuidv7|gen_random_uuid)\s*\(",
    re.I,
)
_WORDS = re.compile(
    r"\b(current_date|current_time|current_timestamp|current_localtime|current_localtimestamp"
    r"|localtime|localtimestamp)\b",
    re.I,
)
_TEXTS = re.compile(r"'\s*(now|today|yesterday|tomorrow)\s*'", re.I)
_JINJA = {
    *("run_started_at", "invocation_id", "current_timestamp", "now", "utcnow", "today"),
    *("current_timestamp_backcompat", "current_timestamp_in_utc_backcompat", "snapshot_get_time"),
}


def lint_clocks(files: Mapping[str, str]) -> list[Finding]:
    """Reads of the wall clock, and of chance, which no two runs answer alike."""
    found = []
    for path, text in files.items():
        source = take_apart(text)
        for passage in source.passages:
            for pattern in (_FUNCTIONS, _WORDS):
                for match in pattern.finditer(passage.code):
                    where = f"{path}:{passage.line(match.start())}"
                    found.append(Finding(where, f"{match[1]} is not repeatable; use as_of()"))
            for line, literal in passage.literals:
                if _TEXTS.fullmatch(literal):
                    found.append(Finding(f"{path}:{line}", f"{literal} is the wall clock"))
        for line, name in source.names:
            if name in _JINJA:
                found.append(Finding(f"{path}:{line}", f"{name} is the wall clock; use as_of()"))
    return found
