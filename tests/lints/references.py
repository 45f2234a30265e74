"""What a file refers to exists: rule ids, documents, paths and links (CONTRIBUTING.md, rule 8)."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath

from tests.lints.findings import Finding

RULES = "docs/rules.md"
RULE_ID = re.compile(r"\b(?:LR|TS|ST|DJ|EE|D)-\d+\b")
_ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
_DOCUMENT = re.compile(r"[\w./-]*\w\.md\b")
_FENCED = re.compile(r"^```.*?^```", re.M | re.S)
_HEADING = re.compile(r"^#+ +(.+?) *$", re.M)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_SQL_COMMENT = re.compile(r"--[^\n]*|\{#.*?#\}", re.S)


def lint_references(files: Mapping[str, str]) -> list[Finding]:
    """Ids, documents, paths and links, by path and text of every file, that lead nowhere."""
    folders = {folder for path in files for folder in _folders(path)}
    documents = {path.rpartition("/")[2] for path in files if path.endswith(".md")}
    tops = "|".join(sorted(re.escape(folder) for folder in folders if "/" not in folder))
    path_like = re.compile(rf"(?<![\w./-])(?:{tops})/[\w./-]*")
    anchors = Counter(_ANCHOR.findall(files[RULES]))
    found = [Finding(RULES, f"{each} is defined twice") for each, n in anchors.items() if n > 1]

    def exists(target: str) -> bool:
        return target in files or target in folders

    for path, text in files.items():
        for line, match in _matches(RULE_ID, text):
            if match[0].lower() not in anchors:
                found.append(Finding(f"{path}:{line}", f"{match[0]} is not in {RULES}"))
        # Comments are looked for only where something in the file might be one of these.
        mentions = _DOCUMENT.search(text) or path_like.search(text)
        prose = _prose(path, text) if mentions else ""
        for line, match in _matches(_DOCUMENT, prose):
            beside = normpath(join(dirname(path), match[0]))
            known = match[0] in documents or exists(match[0]) or exists(beside)
            if not known and not match[0].startswith("//"):
                found.append(Finding(f"{path}:{line}", f"there is no document {match[0]}"))
        for line, match in _matches(path_like, prose):
            target = match[0].rstrip("./")
            if not exists(target) and not exists(normpath(join(dirname(path), target))):
                found.append(Finding(f"{path}:{line}", f"there is no {match[0]}"))
        if path.endswith(".md"):
            for line, match in _matches(_LINK, text):
                name, _, anchor = match[1].partition("#")
                target = normpath(join(dirname(path), name)) if name else path
                if name.startswith(("https:", "mailto:")):
                    continue
                if not exists(target) or (anchor and anchor not in _anchors(files[target])):
                    found.append(Finding(f"{path}:{line}", f"the link {match[1]} leads nowhere"))
    return found


def _folders(path: str) -> Iterator[str]:
    while path := dirname(path):
        yield path


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, re.Match[str]]]:
    for match in pattern.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match


def _prose(path: str, text: str) -> str:
    """Comments and docstrings of code on their own lines; other files are prose as a whole."""
    if path.endswith(".sql"):
        comments = [(text.count("\n", 0, m.start()), m[0]) for m in _SQL_COMMENT.finditer(text)]
    elif path.endswith(".py"):
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        comments = [(t.start[0] - 1, t.string) for t in tokens if t.type == tokenize.COMMENT]
        comments += [
            (node.lineno - 1, node.value.value)
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ]
    else:
        return text
    lines = [""] * (text.count("\n") + 1)
    for start, comment in comments:
        for number, line in enumerate(comment.splitlines(), start):
            lines[number] += " " + line
    return "\n".join(lines)


def _anchors(text: str) -> set[str]:
    """Anchors of a Markdown document as a Git host makes them."""
    headings = _HEADING.findall(_FENCED.sub("", text))
    slugs = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
    return slugs | set(_ANCHOR.findall(text))
