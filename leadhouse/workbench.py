"""Some models by hand: dbt on chosen models, against the tables of the build published last."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence

from leadhouse.build import SEAL_TABLE, discard_candidate
from leadhouse.build_failures import build_failures_explained, failures_told
from leadhouse.database import open_candidate, open_published
from leadhouse.dbt_process import NODE_FAILED
from leadhouse.dbt_project import dbt_environment, dbt_events, lend_parsed_project
from leadhouse.errors import LeadhouseError
from leadhouse.lock import writer_lock
from leadhouse.model_failures import without_macro_stack
from leadhouse.paths import MAIN_FILE, PII_FILE
from leadhouse.settings import Settings


def run_dbt_by_hand(
    settings: Settings, arguments: Sequence[str], say: Callable[[str], None]
) -> None:
    """Run dbt with ``arguments`` in this home; ``say`` is told what dbt says.

    The candidate, into which dbt builds, holds copies of the published files if it holds nothing
    yet, so that a model finds the tables it reads. The copies carry no seal, so that they are never
    published again, and the next build begins with an empty candidate. A test that compares what is
    built with a table behind it, which is of the build before, is left to that table's own turn.

    Raises :class:`LeadhouseError` when nothing is published yet, when a build waits to be
    published, and with what dbt found wrong.
    """
    with writer_lock(settings):
        tables = _tables_of_candidate(settings)
        if SEAL_TABLE in tables:
            raise LeadhouseError(
                "A build is waiting to be published, and dbt would spoil it. Publish it first: "
                "`leadhouse publish`."
            )
        if not tables:
            _copy_published(settings)
        target = settings.artifacts_dir("by_hand")
        target.mkdir(parents=True, exist_ok=True)
        (target / "run_results.json").unlink(missing_ok=True)
        lend_parsed_project(settings, target)
        with build_failures_explained(settings, target, "dbt did not get through:"):
            environment = dbt_environment(settings, target)
            events = dbt_events(arguments, {"DBT_INDIRECT_SELECTION": "buildable", **environment})
            for event in failures_told(events, settings, target, say):
                if event["info"]["name"] != NODE_FAILED:
                    say(without_macro_stack(str(event["info"]["msg"])))


def _tables_of_candidate(settings: Settings) -> set[str]:
    """Schema and name of each; there may be none, as whatever opens dbt's profile makes files."""
    if not (settings.candidate_dir / MAIN_FILE).exists():
        return set()
    with open_candidate(settings, read_only=True) as con:
        found = con.execute("select schema_name || '.' || table_name from duckdb_tables()")
        return {name for (name,) in found.fetchall()}


def _copy_published(settings: Settings) -> None:
    with open_published(settings):
        source = settings.current_link.resolve()
    discard_candidate(settings)
    settings.candidate_dir.mkdir(parents=True)
    try:
        for name in (MAIN_FILE, PII_FILE):
            shutil.copyfile(source / name, settings.candidate_dir / name)
            (settings.candidate_dir / name).chmod(0o600)
        with open_candidate(settings, read_only=False) as con:
            con.execute(f"drop table {SEAL_TABLE}")
    except BaseException:
        discard_candidate(settings)
        raise
