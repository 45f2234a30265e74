"""Is everything in place? Each check says what it looked at and, when it is wrong, what to fix."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

from ingestion.connectors.configuration import read_accounts
from ingestion.connectors.extract import look
from ingestion.inventory import take_inventory
from ingestion.warehouse import open_warehouse
from leadhouse.build import check_space, discard_candidate
from leadhouse.build_failures import build_failures_explained
from leadhouse.code_version import code_version
from leadhouse.database import open_published
from leadhouse.dbt_project import (
    dbt_environment,
    lend_parsed_project,
    prepare_manifest,
    run_dbt,
)
from leadhouse.errors import LeadhouseError
from leadhouse.kept_builds import current_build
from leadhouse.lock import is_held, writer_lock
from leadhouse.paths import PII_FILE
from leadhouse.settings import Settings
from leadhouse.status import late_sources

# Buildable: a test that also reads models which are not built here is not ours to run.
CONFIGURATION_ARGUMENTS = (
    *("build", "--select", "tag:configuration"),
    *("--indirect-selection", "buildable"),
)


def examine(settings: Settings, say: Callable[[str], None]) -> None:
    """Go through all checks. Raises :class:`LeadhouseError` when something must be fixed."""
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("settings", Settings.in_words),
        ("home folder", _home),
        ("free space", _space),
        ("drop folder and mappings", _drop),
        ("connectors", _connectors),
        ("project", _project),
        ("seeds and panels", _configuration),
        ("published", _published),
    )
    wrong = 0
    for name, check in checks:
        try:
            say(f"ok    {name}: {check(settings)}")
        except LeadhouseError as error:
            wrong += 1
            say(f"FIX   {name}: {error}")
    if wrong:
        raise LeadhouseError(f"{wrong} {'thing' if wrong == 1 else 'things'} to fix, see above.")


def _home(settings: Settings) -> str:
    key = settings.pii_key_file
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe = settings.home / f".doctor.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise LeadhouseError(
            f"{settings.home} is not writable ({error.strerror}). Make it writable, or name "
            "another folder in LEADHOUSE_HOME."
        ) from None
    if key.exists() and key.stat().st_mode & 0o077:
        raise LeadhouseError(f"{key} is readable by others. Run: chmod 600 {key}")
    return str(settings.home)


def _space(settings: Settings) -> str:
    check_space(settings)
    return "enough for a build"


def _drop(settings: Settings) -> str:
    inventory = take_inventory(settings)
    if inventory.problems:
        raise LeadhouseError("\n      ".join(inventory.problems))
    days = {target.delivery_date for target in inventory.targets}
    files = len({target.path for target in inventory.targets})
    aside = "".join(f"\n      set aside: {warning}" for warning in inventory.warnings)
    return f"{settings.drop} with {files} files in {len(days)} deliveries{aside}"


def _project(settings: Settings) -> str:
    prepare_manifest(settings)
    return "dbt accepts the project"


def _configuration(settings: Settings) -> str:
    """Build the seeds and run their tests; a candidate that waits to be published is kept."""
    if is_held(settings.run_lock):
        return "not checked, because a run is going on; call again when it has ended"
    with writer_lock(settings):
        with open_warehouse(settings) as con:
            loads = con.execute("select count(*) from raw_ledger.loads").fetchall()[0][0]
        if not loads:
            return "not checked, because nothing has landed; `leadhouse land` first, then again"
        waiting = settings.waiting_candidate_dir
        with suppress(FileNotFoundError):
            settings.candidate_dir.rename(waiting)
        settings.candidate_dir.mkdir()
        target = settings.artifacts_dir("doctor")
        target.mkdir(parents=True, exist_ok=True)
        (target / "run_results.json").unlink(missing_ok=True)
        lend_parsed_project(settings, target)
        try:
            wrong = "They do not match each other or what has landed:"
            with build_failures_explained(settings, target, wrong):
                run_dbt(CONFIGURATION_ARGUMENTS, dbt_environment(settings, target))
        finally:
            discard_candidate(settings)
            with suppress(FileNotFoundError):
                waiting.rename(settings.candidate_dir)
    return "they agree with each other and with what landed"


def _connectors(settings: Settings) -> str:
    """The accounts of connectors.toml; those whose secrets are here are asked what they see."""
    said = []
    for account in read_accounts(settings.connectors):
        unset = [name for name in account.secrets.values() if not os.environ.get(name)]
        seen = f"not asked, {', '.join(unset)} not set" if unset else look(settings, account)
        said.append(f"{account.shown_as} ({seen})")
    return "; ".join(said) or "no account; `leadhouse connect VENDOR` writes one"


def _published(settings: Settings) -> str:
    build = current_build(settings)
    if build is None:
        return "nothing yet; `leadhouse run` publishes the first build"
    with open_published(settings) as con:
        as_of, code = con.execute(
            "select cast(as_of as date), code_version from trust.rpt_run"
        ).fetchall()[0]
        late = late_sources(con)
    with open_published(settings, PII_FILE) as con:
        con.execute("select 1")
    made_by = "" if code == code_version() else ", made by another version of Leadhouse"
    overdue = f"; late: {late}" if late else ""
    return f"build {build}, as of {as_of}{made_by}{overdue}"
