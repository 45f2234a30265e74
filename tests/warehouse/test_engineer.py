"""What an analytics engineer does all day, in a copy of the project that has published a build."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from homes import copied_home, environment

from leadhouse.lock import writer_lock
from leadhouse.settings import Settings
from tests.project_copy import copy_project

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.xdist_group("engineer")]

MODEL = "models/reports/calls/rpt_callers_daily"


class Engineer:
    """Someone with a clone of the project and a home of its own."""

    def __init__(self, published: Settings, folder: Path) -> None:
        self.project = copy_project(folder / "project")
        self.settings = copied_home(published, folder / "company")

    def calls(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=environment(self.settings, PYTHONPATH=str(self.project)), cwd=self.project,
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.calls("leadhouse.cli.main", "dbt", *arguments)

    @contextmanager
    def changing(self, path: str, before: str, after: str) -> Iterator[None]:
        file = self.project / path
        text = file.read_text(encoding="utf-8")
        assert before in text
        file.write_text(text.replace(before, after), encoding="utf-8")
        try:
            yield
        finally:
            file.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def engineer(published_home: Settings, tmp_path_factory: pytest.TempPathFactory) -> Engineer:
    return Engineer(published_home, tmp_path_factory.mktemp("engineer"))


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The message at the end of a dbt that failed by hand; dbt's own lines stand before it."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "called by macro" not in done.stdout + done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def docs_page(engineer: Engineer) -> Path:
    """dbt's browsable docs, written as `make docs` does."""
    done = engineer.calls("leadhouse.docs")
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.split()[-1])


def test_dbt_docs_show_types_and_link_the_rules(docs_page: Path) -> None:
    text = docs_page.read_text(encoding="utf-8")
    assert '"unique_callers": {"name": "unique_callers", "type": "bigint"' in text
    assert "[the rulebook](rules.html)" in text
    assert "LR-20" in (docs_page.parent / "rules.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("docs_page")
def test_a_model_is_built_and_shown_after_the_docs_were(engineer: Engineer) -> None:
    built = engineer.dbt("build", "--select", "rpt_callers_daily")
    assert built.returncode == 0, built.stdout + built.stderr
    assert "2024-02-01" in engineer.dbt("show", "--select", "rpt_callers_daily").stdout


def test_a_mart_is_built_without_the_reports_behind_it(engineer: Engineer) -> None:
    """They are of the build before, so that only what stands before the mart can be compared."""
    added = ("\nlast,", "\nlast30,last,30,,,\nlast,")
    with engineer.changing("seeds/attribution_models.csv", *added):
        built = engineer.dbt("build", "--select", "attribution_models", "fct_attribution")
    assert built.returncode == 0, built.stdout + built.stderr
    assert "PASS attribution_shares_every_conversion_exactly" in built.stdout
    assert "attribution_reports_add_up_to_the_facts" not in built.stdout


def test_a_new_ref_names_the_unit_tests_that_need_it(engineer: Engineer) -> None:
    joined = "from counted\nleft join {{ ref('dim_users') }} as users on users.is_active"
    with engineer.changing(f"{MODEL}.sql", "from counted", joined):
        said = told(engineer.dbt("build", "--select", "rpt_callers_daily"))
    assert "rpt_callers_daily reads dim_users, which these of its unit tests do not give" in said
    tests = ("rpt_callers_daily_counts_phones_not_calls", "without_a_single_number")
    assert all(name in said for name in tests)
    assert f"{MODEL}_unit_tests.yml: - input: ref('dim_users')" in said


def test_a_fan_out_names_its_keys_and_the_join(engineer: Engineer) -> None:
    select = ("--select", "rpt_callers_daily", "--exclude-resource-type", "unit_test")
    joined = "from counted\nleft join {{ ref('dim_users') }} as users on users.is_active"
    with engineer.changing(f"{MODEL}.sql", "from counted", joined):
        said = told(engineer.dbt("build", *select))
        assert "No two rows of rpt_callers_daily have the same date_day." in said
        assert "date_day 2024-02-01" in said and "Joining dim_users gives more rows." in said
        show = said.partition("`leadhouse dbt show ")[2].partition("`")[0].split()
        assert "2024-02-01" in engineer.dbt("show", *show).stdout


def test_a_contract_that_does_not_hold_is_a_table_and_no_stack(engineer: Engineer) -> None:
    with engineer.changing(f"{MODEL}.yml", "name: unique_callers", "name: unique_people"):
        said = told(engineer.dbt("run", "--select", "rpt_callers_daily"))
    assert f"model rpt_callers_daily ({MODEL}.sql): This model has an enforced contract" in said
    assert "| unique_people" in said and "missing in definition" in said


def test_a_unit_test_that_fails_shows_the_difference(engineer: Engineer) -> None:
    counted = ("count(distinct client_phone_hash) as", "count(client_phone_hash) as")
    with engineer.changing(f"{MODEL}.sql", *counted):
        said = told(engineer.dbt("build", "--select", "rpt_callers_daily"))
    assert "unit test rpt_callers_daily_counts_phones_not_calls" in said and "2→3" in said


def test_a_broken_model_is_told_while_the_others_are_built(engineer: Engineer) -> None:
    results = engineer.settings.artifacts_dir("build") / "run_results.json"
    model = ("models/staging/stg_enquiries.sql", "{{ staged('enquiries', days=['occurred_at']) }}")
    with engineer.changing(*model, "select * from no_such_table"):
        process = subprocess.Popen(
            [sys.executable, "-m", "leadhouse.cli.main", "build"],
            env=environment(engineer.settings, PYTHONPATH=str(engineer.project)),
            cwd=engineer.project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        at_once = next(line for line in process.stdout if "stg_enquiries" in line)
        assert process.poll() is None and not results.exists()
        said = f"model stg_enquiries ({model[0]}): "
        assert at_once.startswith(f"{said}Catalog Error: Table with name no_such_table")
        _, in_the_end = process.communicate(timeout=600)
    assert process.returncode == 1 and results.exists()
    assert "The build failed" in in_the_end and said in in_the_end


def test_what_is_published_is_asked_beside_a_run(engineer: Engineer) -> None:
    asked = "select unique_callers from {{ ref('rpt_callers_daily') }}"
    with writer_lock(engineer.settings):
        done = engineer.calls("dbt.cli.main", "show", "--target", "published", "--inline", asked)
    assert done.returncode == 0, done.stdout
    assert "| unique_callers |" in done.stdout
    again = engineer.calls(
        "dbt.cli.main", "run", "--target", "published", "-s", "rpt_callers_daily"
    )
    assert again.returncode != 0 and "read-only" in again.stdout


def test_words_of_a_seed_are_read_in_any_case(engineer: Engineer) -> None:
    changes = {
        "own_hosts": (".com,payment", ".com,Payment "),
        "channels": (",unknown,", ",Unknown,"),
        "attribution_models": (",linear,", ",Linear,"),
        "empty_labels": (",direct,", ",DIRECT,"),
        "lead_routing_panels": (",true", ",Yes"),
    }
    with ExitStack() as changed:
        for seed, (before, after) in changes.items():
            changed.enter_context(engineer.changing(f"seeds/{seed}.csv", before, after))
        built = engineer.dbt("build", "--select", *changes, "--exclude-resource-type", "unit_test")
    assert built.returncode == 0, built.stdout + built.stderr
