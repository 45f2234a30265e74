"""What a lint returns, and the files that lints read."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, order=True)
class Finding:
    """One place that breaks a rule of CONTRIBUTING.md."""

    where: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


def sql_files(root: Path, *folders: str) -> dict[str, str]:
    """Path below ``root`` and text of every SQL file in the folders."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for folder in folders
        for path in sorted((root / folder).rglob("*.sql"))
    }


def project_files(root: Path) -> dict[str, str]:
    """Path below ``root`` and text of every file that version control holds or would add.

    What nobody reads, such as a picture or a library's minified script, has an empty one.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )
    texts = {}
    for name in sorted(set(filter(None, listed.stdout.split("\0")))):
        path = root / name
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            is_text = b"\0" not in content[:8192] and not name.endswith(".min.js")
            texts[name] = content.decode("utf-8", errors="replace") if is_text else ""
    return texts
