"""Every exception of Leadhouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class LeadhouseError(Exception):
    """A failure that its reader can fix: the message says what, where and what to do."""


class SettingsError(LeadhouseError):
    """A setting (``LEADHOUSE_*``) has a value that cannot be used."""


class LandingError(LeadhouseError):
    """The drop folder, a mapping or ``_encoding.csv`` cannot be used; nothing was landed."""


class BuildFailed(LeadhouseError):
    """A model or a check failed; ``failing`` has, by the test's dbt id, what fails it."""

    def __init__(self, message: str, failing: Mapping[str, Sequence[str]]) -> None:
        super().__init__(message)
        self.failing = failing


class DbtError(LeadhouseError):
    """dbt failed; ``errors`` is what it logged as errors."""

    def __init__(self, errors: list[str]) -> None:
        said = "\n".join(errors) or "nothing; look into the newest file of LEADHOUSE_HOME/logs"
        super().__init__(f"dbt failed. It says:\n{said}")
        self.errors = errors


class Again(Exception):
    """A request may be tried again, after ``wait`` seconds where the vendor says how long."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class Expired(Exception):
    """The access token of a vendor is no longer valid."""


class Refused(Exception):
    """A vendor will answer the same next time; ``advice`` is what to do about it."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


class ConnectorError(LeadhouseError):
    """A pull failed: the message names vendor, stream, window, request id, status, what to do."""


class RefusedFile(Exception):
    """A file that cannot be landed; the others go on.

    ``column`` is the column at fault, where it is one; ``rows`` the file's number of rows, where
    that can be told.
    """

    def __init__(self, message: str, column: str | None = None, rows: int = 0) -> None:
        super().__init__(message)
        self.column = column
        self.rows = rows


class RepeatedKey(ValueError):
    """A JSON object has the same key twice."""


class UnexpectedFailure(Exception):
    """A failure that nobody foresaw; the log has its traceback."""
