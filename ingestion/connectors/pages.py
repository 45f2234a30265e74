"""What was pulled: parts on the disk, and how they become one file of a delivery.

A part and the cursor after it are on the disk before the next one begins, so that a killed pull
goes on behind its last whole part. The parts of a window become one file of the drop folder, by
one rename; their manifest stays.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from ingestion.connectors.client import Client
from ingestion.connectors.vendor import ACCOUNT, Account, Cursor, Page, Record, Stream, Window
from leadhouse.files import make_durable, move_durably, sha256_of, write_whole

_MANIFEST = "manifest.json"
_PROGRESS = "progress.json"
PART_ROWS = 5_000
"""So many rows, and the rest of their page, are pulled again at most after a pull was killed."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What one file of a delivery holds, and how it was pulled; ``sha256`` is that of its text."""

    source: str
    account: str
    stream: str
    since: str
    until: str
    delivery_date: str
    file: str
    rows: int = 0
    bytes: int = 0
    sha256: str = ""
    requests: int = 0
    retries: int = 0
    parts: tuple[dict[str, Any], ...] = ()


@dataclass
class _Progress:
    """The parts so far, the cursor after them, and what they cost."""

    cursor: Cursor = None
    done: bool = False
    requests: int = 0
    retries: int = 0
    parts: list[dict[str, Any]] = field(default_factory=list)


class _Part:
    """A part that is being written; the same rows give the same bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._file = path.open("wb")
        self._zipped = gzip.GzipFile("", "wb", 1, self._file, 0)

    def write(self, lines: Iterable[bytes]) -> None:
        """Add rows."""
        for line in lines:
            self._zipped.write(line)
            self.rows += 1

    def close(self) -> dict[str, Any]:
        """Wait until it is on the disk; gives its line of the manifest."""
        self._zipped.close()
        self._file.close()
        make_durable(self.path)
        return {"name": self.path.name, "rows": self.rows, "sha256": sha256_of(self.path)}


class PullFolder:
    """The folder of one pull: of a window of a stream, on the day of its delivery."""

    def __init__(
        self, root: Path, drop: Path, account: Account, stream: Stream, window: Window, day: date
    ) -> None:
        span = "" if stream.lookback_days is None else f"-{window.since}-{window.last}"
        name = f"{account.vendor}_{stream.name}-{account.name}{span}.jsonl.gz"
        self.folder = stream_folder(root, account, stream) / f"{day}{span}"
        self.published = drop / day.isoformat() / name
        self._is_list = stream.lookback_days is None
        self._envelope = stream.envelope.split(".")
        self._beside = {ACCOUNT: account.beside}
        self._blank = Manifest(
            source=account.vendor,
            account=account.name,
            stream=stream.name,
            since=window.since.isoformat(),
            until=window.until.isoformat(),
            delivery_date=day.isoformat(),
            file=name,
        )
        self._progress = self._taken_up()

    @property
    def cursor(self) -> Cursor:
        """Where the pull goes on; ``None`` at its start."""
        return self._progress.cursor

    @property
    def done(self) -> bool:
        """Whether all pages are here, and only the file is still to be published."""
        return self._progress.done

    def _taken_up(self) -> _Progress:
        """What a killed pull left; a part that it had not counted in is removed."""
        known = self.folder / _PROGRESS
        progress = _Progress()
        if known.exists():
            progress = _Progress(**json.loads(known.read_text(encoding="utf-8")))
        self.folder.mkdir(parents=True, exist_ok=True)
        counted = {part["name"] for part in progress.parts}
        for path in self.folder.glob("part-*"):
            if path.name not in counted:
                path.unlink()
        return progress

    def store(self, pages: Iterable[Page], client: Client) -> None:
        """Keep the pages, part by part, as they come."""
        part: _Part | None = None
        for page in pages:
            if part is None:
                number = len(self._progress.parts) + 1
                part = _Part(self.folder / f"part-{number:05d}.jsonl.gz")
            part.write(map(self._line, page.records))
            if part.rows >= PART_ROWS and page.cursor is not None:
                self._count_in(part, page.cursor, client)
                part = None
        self._progress.done = True
        self._count_in(part, None, client)

    def _count_in(self, part: _Part | None, cursor: Cursor, client: Client) -> None:
        progress = self._progress
        if part is not None:
            progress.parts.append(part.close())
        progress.cursor = cursor
        requests, retries = client.taken_counts()
        progress.requests += requests
        progress.retries += retries
        write_whole(self.folder / _PROGRESS, json.dumps(asdict(progress)))

    def _line(self, record: Record) -> bytes:
        """The record in its envelope, with the account beside it."""
        wrapped: Any = record
        for key in reversed(self._envelope):
            wrapped = {key: wrapped}
        text = json.dumps(wrapped | self._beside, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace") + b"\n"

    def publish(self, before: Manifest | None) -> Manifest:
        """Make the parts one file of the delivery; the manifest says what it holds.

        A window without a record is no delivery, nor is a list that says what ``before`` said.
        """
        progress = self._progress
        draft = self.published.with_name(f"{self.published.name}.part")
        draft.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as whole:
            for part in progress.parts:
                with (self.folder / part["name"]).open("rb") as piece:
                    shutil.copyfileobj(piece, whole, _CHUNK)
        make_durable(draft)
        manifest = replace(
            self._blank,
            rows=sum(part["rows"] for part in progress.parts),
            bytes=draft.stat().st_size,
            sha256=text_hash(draft),
            requests=progress.requests,
            retries=progress.retries,
            parts=tuple(progress.parts),
        )
        write_whole(self.folder / _MANIFEST, json.dumps(asdict(manifest), indent=1))
        known = self._is_list and before is not None and before.sha256 == manifest.sha256
        if manifest.rows and (self.published.exists() or not known):
            move_durably(draft, self.published)
        else:
            draft.unlink()
            if not manifest.rows:
                self.published.unlink(missing_ok=True)
        (self.folder / _PROGRESS).unlink()
        for path in self.folder.glob("part-*"):
            path.unlink()
        return manifest


def text_hash(path: Path) -> str:
    """The hash of a gzipped file's text, into however many parts it was cut."""
    digest = hashlib.sha256()
    with gzip.open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def stream_folder(root: Path, account: Account, stream: Stream) -> Path:
    """Where everything of one stream of one account is kept."""
    return root / account.vendor / account.name / stream.name


def manifests(root: Path, account: Account, stream: Stream) -> list[Manifest]:
    """The manifests of a stream, the latest delivery last."""
    found = sorted(stream_folder(root, account, stream).glob(f"*/{_MANIFEST}"))
    return [Manifest(**json.loads(path.read_text(encoding="utf-8"))) for path in found]


def forget_unfinished(root: Path, account: Account, stream: Stream) -> None:
    """Remove what an earlier pull left unfinished: another one asks for other days."""
    for path in stream_folder(root, account, stream).glob(f"*/{_PROGRESS}"):
        shutil.rmtree(path.parent)
