"""dbt's ``adapter`` for sqlfluff's Jinja: the DuckDB form of macros and of quoted names."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import pass_context
from jinja2.runtime import Context


@pass_context
def dispatch(context: Context, macro_name: str, macro_namespace: str) -> Callable[..., str]:
    """The macro ``default__<macro_name>``."""
    macro: Callable[..., str] = context.resolve(f"default__{macro_name}")
    return macro


def quote(name: str) -> str:
    """An identifier as DuckDB quotes it."""
    return f'"{name}"'
