"""Which files are read, by the ends of their names."""

from __future__ import annotations

_TEXTS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".json": "json"}
_OTHERS = {
    **{".parquet": "parquet", ".xlsx": "excel", ".xls": "excel", ".xlsb": "excel"},
    **{".ods": "excel", ".zip": "zip"},
}
_FORMATS = {
    **{ending: (kind, False) for ending, kind in _TEXTS.items()},
    **{f"{ending}.gz": (kind, True) for ending, kind in _TEXTS.items()},
    **{ending: (kind, False) for ending, kind in _OTHERS.items()},
}

ENDINGS = tuple(_FORMATS)
"""The ends of names of files that are read, as people write them."""

TEXT_FORMATS = (*dict.fromkeys(_TEXTS.values()), "zip")
"""The formats whose files may have an encoding."""


def format_of(name: str) -> tuple[str, bool] | None:
    """The format of a file by its name, and whether it is gzipped; ``None`` if it is not read."""
    lower = name.lower()
    return next((kind for ending, kind in _FORMATS.items() if lower.endswith(ending)), None)
