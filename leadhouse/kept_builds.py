"""The builds that are kept below the published folder, by their ids."""

from __future__ import annotations

import re

from leadhouse.settings import Settings

WITHDRAWN = "withdrawn"
"""A file of this name marks a build that a rollback took back."""

_BUILD = re.compile(r"(\d{6})-\d{8}T\d{6}Z")


def kept_builds(settings: Settings) -> list[str]:
    """The id of every build that has a folder, whether it ever became current or not."""
    folder = settings.builds_dir
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if _BUILD.fullmatch(path.name))


def published_builds(settings: Settings) -> list[str]:
    """The kept builds that became current once, the earliest first."""
    current = current_build(settings)
    return [
        build
        for build in kept_builds(settings)
        if (current is not None and build <= current) or is_withdrawn(settings, build)
    ]


def current_build(settings: Settings) -> str | None:
    """The id of the build that readers get, ``None`` before the first one."""
    link = settings.current_link
    return link.readlink().name if link.is_symlink() else None


def is_withdrawn(settings: Settings, build: str) -> bool:
    """Whether a rollback took the build back."""
    return (settings.builds_dir / build / WITHDRAWN).exists()
