"""dbt's ``context`` for sqlfluff's Jinja: what macros there are, by name."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import pass_context
from jinja2.runtime import Context


@pass_context
def keys(context: Context) -> list[str]:
    """The names of everything that a template can call."""
    return list(context.get_all())


@pass_context
def get(context: Context, name: str) -> Callable[..., str]:
    """The macro of that name."""
    macro: Callable[..., str] = context.resolve(name)
    return macro
