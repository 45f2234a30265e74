"""A delivered .zip that holds one file."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ingestion.readers.formats import ENDINGS, format_of
from ingestion.readers.reading import Source
from leadhouse.errors import RefusedFile

_FREE = 64 << 20
_RATIO = 200
_JUNK = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")


def check_expansion(archive: zipfile.ZipFile, source: Source) -> None:
    """Raises :class:`RefusedFile` for an archive that expands beyond all reason."""
    size = sum(item.file_size for item in archive.infolist())
    if size > _FREE and size > _RATIO * source.path.stat().st_size:
        raise RefusedFile(
            f"{source.shown_as} expands to more than {_RATIO} times its size and was not opened. "
            "If it is genuine, deliver it as CSV."
        )


def unpacked(source: Source) -> Source:
    """The one file in an archive, as it will be read. Raises :class:`RefusedFile`."""
    shown_as = source.shown_as
    broken = RefusedFile(
        f"{shown_as} is not a complete zip file without a password. Deliver it again, or deliver "
        "what is in it."
    )
    try:
        with zipfile.ZipFile(source.path) as archive:
            check_expansion(archive, source)
            inside = [item for item in archive.infolist() if not _is_junk(item)]
            if len(inside) != 1:
                names = ", ".join(sorted(item.filename for item in inside)[:10])
                raise RefusedFile(
                    f"{shown_as} has {len(inside)} files in it{names and f' ({names})'}, and a "
                    ".zip is read only with exactly one. Deliver its files beside each other."
                )
            found = format_of(inside[0].filename)
            if found is None or found[0] == "zip":
                readable = ", ".join(ending for ending in ENDINGS if ending != ".zip")
                raise RefusedFile(
                    f"{shown_as} holds {inside[0].filename}, which is in a format that is not "
                    f"read. Deliver it as {readable}."
                )
            kind, compressed = found
            inner = source.scratch / f"unpacked.{kind}"
            with archive.open(inside[0]) as packed, inner.open("wb") as out:
                shutil.copyfileobj(packed, out)
    # What zipfile raises for damage, an unknown compression, a password and a cut-off file.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise broken from None
    return replace(source, path=inner, format=kind, compressed=compressed)


def kind_inside(path: Path) -> str | None:
    """The format of the one file in an archive that could be unpacked."""
    with zipfile.ZipFile(path) as archive:
        found = [format_of(item.filename) for item in archive.infolist() if not _is_junk(item)]
    return found[0][0] if found[0] else None


def _is_junk(item: zipfile.ZipInfo) -> bool:
    parts = [part.lower() for part in PurePosixPath(item.filename).parts]
    return item.is_dir() or any(part in _JUNK or part.startswith("~$") for part in parts)
