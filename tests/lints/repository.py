"""What no file of the repository may hold (CONTRIBUTING.md, rules 14 to 16)."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from tests.lints.findings import Finding
from tests.lints.layers import literals_of

# Written so that no pattern finds itself here.
_NOWHERE: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"(?<![\w.:~/\-}>)*])/(?:home|Users|root|work|mnt|tmp|opt|srv|private|workspace)/[\w.]"
        ),
        "an absolute path of some machine",
    ),
    (re.compile(r"\b[A-Z]:\\+(?:Users|Program)"), "an absolute path of some machine"),
    (
        re.compile(
            r"pypi\.org|pythonhosted\.org|registry\.npmjs|proxy\.golang|artifact[o]ry"
            r"|--(?:extra-)?index[-]url|--find[-]links|--trusted[-]host"
        ),
        "an address of a package registry",
    ),
    (re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K|W[I]P|TB[D])\b"), "unfinished work"),
)
_READER_OPTION = re.compile(r"\b(ignore_errors|null_padding)\b")
_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)(\[[\w,-]+\])?==[^\s;]+(\s*;[^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+"
)


def lint_texts(files: Mapping[str, str]) -> list[Finding]:
    """Absolute paths, registry addresses and marks of unfinished work."""
    return [
        Finding(f"{path}:{text.count(chr(10), 0, match.start()) + 1}", f"{what}: {match[0]}")
        for path, text in files.items()
        for pattern, what in _NOWHERE
        for match in pattern.finditer(text)
    ]


def lint_lock(lock: str, direct: str, group: str = "requirements") -> list[Finding]:
    """Lines of a group's lock that are no hashed pin, and direct requirements without one."""
    found = []
    pinned = set()
    for line in re.sub(r"\\\n", " ", lock).splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pin = _PIN.fullmatch(line.strip())
        if pin:
            pinned.add(_normalised(pin["name"]))
        else:
            found.append(Finding(f"{group}.lock", f"no hashed pin: {line.strip()[:80]}"))
    for line in direct.splitlines():
        name = re.match(r"[A-Za-z0-9._-]+", line)
        if name and _normalised(name[0]) not in pinned:
            found.append(Finding(f"{group}.lock", f"{name[0]} of {group}.in has no pin"))
    return found


def lint_readers(files: Mapping[str, str]) -> list[Finding]:
    """Reader options that drop rows or fields silently."""
    found = []
    for path, text in files.items():
        tree = ast.parse(text)
        for line, literal in literals_of(tree):
            found += [
                Finding(f"{path}:{line}", f"{match[1]} loses rows silently")
                for match in _READER_OPTION.finditer(literal)
            ]
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            found += [
                Finding(f"{path}:{node.lineno}", f"{word.arg} loses rows silently")
                for word in node.keywords
                if word.arg and _READER_OPTION.fullmatch(word.arg) and called != "rmtree"
            ]
    return found


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
