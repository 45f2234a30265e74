"""Each lint catches known-bad input and passes the good one beside it; the project is clean."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from leadhouse.catalogue import new_in, versions
from tests.lints.__main__ import lint_project
from tests.lints.clocks import lint_clocks
from tests.lints.dialect import lint_dispatch, lint_spark_sql, lint_spellings
from tests.lints.documentation import (
    lint_descriptions,
    lint_grain,
    lint_joins,
    lint_rules_in_words,
)
from tests.lints.findings import ROOT
from tests.lints.generated import lint_generated
from tests.lints.layers import (
    lint_contracts,
    lint_edges,
    lint_names,
    lint_one_home,
    lint_python_layers,
)
from tests.lints.manifest import Parsed, parse
from tests.lints.references import lint_references
from tests.lints.repository import lint_lock, lint_readers, lint_texts

Manifest = dict[str, Any]

pytestmark = pytest.mark.xdist_group("lints")


def said(findings: list[Any]) -> str:
    return "\n".join(map(str, findings))


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Parsed:
    return parse(ROOT, tmp_path_factory.mktemp("lints"))


def test_project_breaks_no_rule(parsed: Parsed) -> None:
    findings = lint_project(ROOT, parsed)
    assert not findings, said(findings)


def test_tests_of_a_group_run_in_one_process(request: pytest.FixtureRequest) -> None:
    """pytest-xdist groups by the end of a test's id; a pytest that hides it groups nothing."""
    if request.config.getoption("loadgroup", default=False):
        assert request.node.nodeid.endswith("@lints")


def test_project_is_really_read(parsed: Parsed) -> None:
    assert any(node["name"] == "fct_deals" for node in parsed.manifest["nodes"].values())
    assert len(list(parsed.spark_models.rglob("fct_deals.sql"))) == 1


# --- the wall clock ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "select now() as at",
        "select NOW ( ) as at",
        "select current_date",
        "select * from t where day < CURRENT_TIMESTAMP",
        "select today()",
        "select get_current_timestamp()",
        "select getdate()",
        "select localtimestamp",
        "select cast('now' as timestamp)",
        "select '{{ run_started_at }}'",
        "select {{ dbt.current_timestamp() }}",
        "{{ rule('select key from t where at > now()') }}",
        "select random()",
        "select uuid() as id",
    ],
)
def test_clock_is_caught(sql: str) -> None:
    assert lint_clocks({"models/a.sql": f"-- grain\n{sql}\n"})


@pytest.mark.parametrize(
    "sql",
    [
        "-- now() is banned here\nselect 1",
        "/* current_date */ select 1",
        "{# today() #}select {{ as_of() }}",
        "select 'ask now() later' as advice",
        "select known, now_deals, is_current_date_known from t",
    ],
)
def test_clock_passes(sql: str) -> None:
    assert lint_clocks({"models/a.sql": sql}) == []


def test_clock_names_the_line() -> None:
    sql = "-- grain\nwith a as (\n    -- '\n    select 'x\ny'\n)\n{{ b(\n  'c') }}\nselect now()\n"
    assert lint_clocks({"models/a.sql": sql})[0].where == "models/a.sql:9"


# --- two engines ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "select a::int from t",
        "select a // b from t",
        "select a / b from t",
        "select a / 0 from t",
        "select 'a\\d' from t",
        "select date_diff('day', a, b) from t",
        "select datediff(day, a, b) from t",
        "select strftime(a, 'x') from t",
        "select date_format(a, 'x') from t",
        "select regexp_replace(a, 'b', 'c') from t",
        "select regexp_matches(a, 'b') from t",
        "select a rlike 'b' from t",
        "select string_agg(a, ',') from t",
        "select listagg(a, ',') from t",
        "select arg_min(a, b) from t",
        "select arg_max(a, b) from t",
        "select any_value(a) from t",
        "select first(a) from t",
        "select mode(a) from t",
        "select unnest(a) from t",
        "select explode(a) from t",
        "select * from generate_series(1, 2)",
        "select sequence(1, 2)",
        "select a at time zone 'UTC' from t",
        "select [1, 2] as a",
        "select a[1] from t",
        'select a as "b c" from t',
        "select * exclude (a) from t",
        "select distinct on (a) b from t",
        "select * from t asof join u on t.a >= u.a",
        "select * from t semi join u on t.a = u.a",
        "select * from t anti join u on t.a = u.a",
        "select a from t union all by name select b from u",
        "select a, from t",
        "select a,\nfrom t",
        "select cast(a as varchar) from t",
        "select cast(a as hugeint) from t",
        "select cast(a as timestamptz) from t",
        "select getvariable('as_of')",
        "select sha256(a) from t",
        "select hash(a) from t",
        "select json_extract_string(a, 'b') from t",
        "select a ->> 'b' from t",
        "select extract(dow from a) from t",
        "select concat(a, b) from t",
        "select avg(a) from t",
        "select a + interval 1 day from t",
        "{{ rule('select a::int as key from t') }}",
        "select {{ to_date('a[1]') }}",
        "select {{ clean('a', '\\\\d') }}",
        "select {{ adapter.dispatch('x', 'leadhouse')() }}",
        "{% if target.type == 'spark' %}select 1{% endif %}",
    ],
)
def test_spelling_is_caught(sql: str) -> None:
    assert lint_spellings({"models/a.sql": f"{sql}\n"})


@pytest.mark.parametrize(
    "sql",
    [
        "-- a::int, x // y\nselect cast(a as int) from t",
        "{# unnest(a) #}select 1",
        "select '::' as a, '[x]' as b, 'a // b' as c, 'it''s \"q\"' as d",
        "select {{ each_day('spans', 'first_day', 'last_day', ['panel_id']) }}",
        "{% for key in keys[1:] %}select {{ key['a'] }}{% endfor %}",
        "select cast(sum(a) as double) / 1000000 / 3600 from t",
        "select cast(a as varchar(10)) from t",
        "select first_value(a) over (order by b nulls last, c) from t",
        "select sequence, range, list from t",
        "select count(*) filter (where a) from t qualify row_number() over (order by b) = 1",
        "{% if target.type == 'duckdb' %}select 1{% endif %}",
        "select {{ md5('a') }} || '/' || b from t",
    ],
)
def test_spelling_passes(sql: str) -> None:
    assert lint_spellings({"models/a.sql": sql}) == []


def test_spelling_is_free_in_the_dialect_macros_only() -> None:
    sql = "{% macro default__a(b) %}{{ b }}::int{% endmacro %}"
    assert lint_spellings({"macros/dialect/a.sql": sql}) == []
    assert lint_spellings({"macros/keys/a.sql": sql})


def test_dispatch_needs_both_forms() -> None:
    both = (
        "{% macro a() %}{{ return(adapter.dispatch('a', 'leadhouse')()) }}{% endmacro %}"
        "{% macro default__a() %}1{% endmacro %}{% macro spark__a() %}1{% endmacro %}"
    )
    assert lint_dispatch({"macros/dialect/a.sql": both}) == []
    for form in ("spark__a", "default__a", "dispatch('a"):
        assert lint_dispatch({"macros/dialect/a.sql": both.replace(form, form + "b")}), form


def test_spark_sql_is_parsed(tmp_path: Path) -> None:
    (tmp_path / "good.sql").write_text("select count(*) filter (where a) from t qualify b = 1")
    assert lint_spark_sql(tmp_path) == []
    (tmp_path / "bad.sql").write_text("select a, from t where (")
    assert [finding.where for finding in lint_spark_sql(tmp_path)] == ["bad.sql"]
    assert lint_spark_sql(tmp_path / "nothing")


def test_spark_target_is_parsed(tmp_path: Path) -> None:
    """A project that only DuckDB can parse does not pass."""
    (tmp_path / "profiles.yml").write_text((ROOT / "profiles.yml").read_text())
    (tmp_path / "dbt_project.yml").write_text("name: small\nversion: '1.0'\nprofile: leadhouse\n")
    models = tmp_path / "models"
    models.mkdir()
    (models / "a.sql").write_text("select {{ duckdb_alone() }} as a")
    (tmp_path / "macros").mkdir()
    (tmp_path / "macros" / "a.sql").write_text(
        "{% macro duckdb_alone() %}{% if target.type != 'duckdb' %}"
        "{{ exceptions.raise_compiler_error('DuckDB alone') }}{% endif %}1{% endmacro %}"
    )
    refused = parse(tmp_path, tmp_path / "scratch").findings
    assert [finding.where.split()[3] for finding in refused] == ["spark"]
    assert "DuckDB alone" in refused[0].problem


# --- layers and names -------------------------------------------------------------------------


@pytest.fixture
def manifest(parsed: Parsed) -> Manifest:
    return copy.deepcopy(parsed.manifest)


def model(manifest: Manifest, name: str) -> dict[str, Any]:
    node: dict[str, Any] = manifest["nodes"][f"model.leadhouse.{name}"]
    return node


@pytest.mark.parametrize(
    ("reader", "read"),
    [
        ("stg_deals", "model.leadhouse.stg_users"),
        ("int_deals_linked", "source.leadhouse.landing.deals"),
        ("int_deals_linked", "model.leadhouse.fct_deals"),
        ("fct_deals", "source.leadhouse.landing.deals"),
        ("fct_deals", "model.leadhouse.rpt_top_deals"),
        ("rpt_top_deals", "seed.leadhouse.phone_regions"),
        ("rpt_top_deals", "model.leadhouse.int_deals_linked"),
        ("rpt_top_deals", "model.leadhouse.rpt_deal_journal"),
        ("rpt_top_deals", "model.leadhouse.pii_rpt_deal_journal"),
        ("rpt_data_quality", "model.leadhouse.rpt_top_deals"),
        ("quality_deals", "model.leadhouse.rpt_data_quality"),
        ("quality_deals", "model.leadhouse.pii_rpt_deal_journal"),
        ("pii_rpt_deal_journal", "model.leadhouse.rpt_quarantine"),
        ("pii_rpt_deal_journal", "source.leadhouse.load_log.quarantine"),
    ],
)
def test_forbidden_edge_is_caught(manifest: Manifest, reader: str, read: str) -> None:
    before = lint_edges(manifest)
    model(manifest, reader)["depends_on"]["nodes"].append(read)
    assert len(lint_edges(manifest)) == len(before) + 1


@pytest.mark.parametrize(
    ("reader", "read"),
    [
        ("int_deals_linked", "model.leadhouse.stg_users"),
        ("int_deals_linked", "seed.leadhouse.phone_regions"),
        ("fct_deals", "model.leadhouse.stg_deals"),
        ("fct_deals", "model.leadhouse.dim_contacts"),
        ("fct_deals", "seed.leadhouse.phone_regions"),
        ("rpt_top_deals", "model.leadhouse.fct_contact_acquisition"),
        ("quality_deals", "source.leadhouse.landing.deals"),
        ("reconciled_spend", "model.leadhouse.rpt_top_deals"),
        ("rpt_run", "model.leadhouse.stg_loads"),
        ("pii_rpt_deal_journal", "model.leadhouse.stg_contacts"),
        ("pii_rpt_deal_journal", "model.leadhouse.int_contacts_survived"),
    ],
)
def test_allowed_edge_passes(manifest: Manifest, reader: str, read: str) -> None:
    before = lint_edges(manifest)
    model(manifest, reader)["depends_on"]["nodes"].append(read)
    assert lint_edges(manifest) == before


def test_model_outside_of_the_layers_is_caught(manifest: Manifest) -> None:
    model(manifest, "fct_deals")["original_file_path"] = "models/extra/fct_deals.sql"
    assert "extra is no layer" in said(lint_edges(manifest))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("stg_deals", {"name": "crm_deals"}),
        ("stg_deals", {"original_file_path": "models/staging/deals.sql"}),
        ("int_deals_linked", {"name": "int_deals"}),
        ("int_deals_linked", {"name": "deals_linked"}),
        ("fct_deals", {"name": "deals"}),
        ("rpt_top_deals", {"name": "top_deals"}),
        ("rpt_run", {"name": "run"}),
        ("pii_rpt_deal_journal", {"name": "rpt_deal_journal"}),
        ("pii_rpt_deal_journal", {"alias": "pii_rpt_deal_journal"}),
        ("fct_deals", {"alias": "deals"}),
        ("fct_deals", {"schema": "public_marts"}),
    ],
)
def test_wrong_name_is_caught(manifest: Manifest, name: str, change: dict[str, str]) -> None:
    before = lint_names(manifest)
    model(manifest, name).update(change)
    assert len(lint_names(manifest)) > len(before)


@pytest.mark.parametrize(
    "text",
    [
        "import dagster",
        "import dagster as dg",
        "from dagster_dbt import DbtProject",
        "from dbt.cli.main import dbtRunner",
        "def f():\n    from orchestration import run",
    ],
)
def test_landing_that_knows_the_orchestration_is_caught(manifest: Manifest, text: str) -> None:
    assert lint_python_layers({"ingestion/a.py": text}, manifest)
    if "dagster" in text:
        assert lint_python_layers({"orchestration/a.py": text}, manifest) == []


def test_model_name_in_python_is_caught(manifest: Manifest) -> None:
    bad = 'SQL = f"select * from trust.rpt_run where {x}"'
    assert lint_python_layers({"orchestration/a.py": bad}, manifest)
    assert lint_python_layers({"orchestration/a.py": 'A = "fct_deals"'}, manifest)
    good = '"""About fct_deals."""\nA = "rpt_running"\n'
    assert lint_python_layers({"orchestration/a.py": good}, manifest) == []


def test_a_second_door_to_the_database_and_a_stray_exception_are_caught() -> None:
    opened = "import duckdb\ncon = duckdb.connect()"
    raised = "class OddError(LeadhouseError):\n    pass"
    assert said(lint_one_home({"ingestion/a.py": opened})) == (
        "ingestion/a.py:2: DuckDB is opened in leadhouse/database.py alone"
    )
    assert said(lint_one_home({"leadhouse/a.py": raised})) == (
        "leadhouse/a.py:1: OddError, an exception, belongs in leadhouse/errors.py alone"
    )
    good = {"leadhouse/database.py": opened, "leadhouse/errors.py": raised, "bench/a.py": opened}
    assert lint_one_home(good) == []


# --- generated files --------------------------------------------------------------------------


def test_a_generated_file_that_is_stale_or_missing_is_caught() -> None:
    assert not lint_generated({"docs/a.md": "now\n", "b": ""}, {"docs/a.md": "now\n"})
    assert said(lint_generated({"docs/a.md": "then\n"}, {"docs/a.md": "now\n"})) == (
        "docs/a.md: is not what it is generated from; run `make docs`"
    )
    assert lint_generated({}, {"docs/a.md": "now\n"})


# --- contracts, tests and words ---------------------------------------------------------------


def test_contract_rules(manifest: Manifest) -> None:
    before = lint_contracts(manifest)

    def caught(change: Any) -> bool:
        changed = copy.deepcopy(manifest)
        change(changed)
        return len(lint_contracts(changed)) > len(before)

    def unenforced(changed: Manifest) -> None:
        model(changed, "fct_deals")["config"]["contract"]["enforced"] = False

    def constrained(changed: Manifest) -> None:
        model(changed, "fct_deals")["columns"]["deal_id"]["constraints"] = [{"type": "not_null"}]

    def untested(changed: Manifest) -> None:
        changed["nodes"] = {
            key: node
            for key, node in changed["nodes"].items()
            if node.get("attached_node") != "model.leadhouse.fct_deals"
        }

    def elsewhere(changed: Manifest) -> None:
        model(changed, "fct_deals")["patch_path"] = "leadhouse://models/marts/_marts.yml"

    def softened(changed: Manifest) -> None:
        test = next(node for node in changed["nodes"].values() if node["resource_type"] == "test")
        test["config"]["severity"] = "WARN"
        test["description"] = ""

    for change in (unenforced, constrained, untested, elsewhere, softened):
        assert caught(change), change.__name__


def test_missing_description_is_caught(manifest: Manifest) -> None:
    for node in (model(manifest, "fct_deals"), model(manifest, "rpt_run")):
        node["description"] = "One row per deal."
        for column in node["columns"].values():
            column["description"] = "What it says."
    before = lint_descriptions(manifest)
    model(manifest, "fct_deals")["description"] = "DESCRIBE\n"
    model(manifest, "rpt_run")["columns"]["run_id"]["description"] = ""
    added = said([finding for finding in lint_descriptions(manifest) if finding not in before])
    assert "the model has no description" in added
    assert "column run_id has no description" in added


def test_rule_id_in_a_description_is_caught(manifest: Manifest) -> None:
    model(manifest, "fct_deals")["description"] = "One row per deal (D-15)."
    model(manifest, "rpt_run")["columns"]["run_id"]["description"] = "Id of the run, LR-21."
    next(iter(manifest["exposures"].values()))["description"] = "Deals (DJ-3)."
    next(iter(manifest["docs"].values()))["block_contents"] = "First source (TS-16)."
    found = said(lint_rules_in_words(manifest))
    assert all(each in found for each in ("D-15", "LR-21", "DJ-3", "TS-16"))


def test_missing_question_is_caught(manifest: Manifest) -> None:
    del model(manifest, "fct_deals")["config"]["meta"]["question"]
    assert "no example question" in said(lint_descriptions(manifest))


def test_wrong_join_is_caught(manifest: Manifest) -> None:
    joins = model(manifest, "fct_deals")["config"]["meta"]["joins"]
    assert lint_joins(manifest) == []
    joins |= {"deal": "dim_users", "owner_user_id": "rpt_calls", "stage": "dim_pipeline_stages"}
    found = said(lint_joins(manifest))
    assert "joins by deal, which is not one of its columns" in found
    assert "joins rpt_calls, which is not a mart" in found
    assert "joins dim_pipeline_stages by stage, which is not its key" in found


def test_a_version_names_what_it_brought(manifest: Manifest) -> None:
    model(manifest, "rpt_calls")["config"]["meta"]["since"] = "9.9.9"
    model(manifest, "fct_deals")["columns"]["deal_id"]["config"]["meta"]["since"] = "9.9.9"
    text = new_in(manifest, "9.9.9")
    assert "9.9.9" in versions(manifest)
    assert "| `reports.rpt_calls` | new | one row per day, user" in text
    assert "| `marts.fct_deals` | `deal_id` added |" in text
    assert text.count("\n| `") == 2


@pytest.mark.parametrize(
    "line", ["with a as (", "-- Deals", "-- grain:", "-- grain: one row", "", "{{ config() }}"]
)
def test_missing_grain_is_caught(line: str) -> None:
    assert lint_grain({"models/marts/a.sql": f"{line}\n-- grain: one row per deal\n"})


def test_grain_that_goes_on_is_caught() -> None:
    assert lint_grain({"models/marts/a.sql": "-- grain: one row per contact that\n-- is one\n"})


@pytest.mark.parametrize("more", ["", "; the last\n-- wins", " (D-09,\n-- too)", "\n-- So it is."])
def test_grain_passes(more: str) -> None:
    assert lint_grain({"models/marts/a.sql": f"-- grain: one row per contact{more}\n"}) == []


# --- the repository ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "see " + "/" + "home/ann/leadhouse",
        'Path("' + "/" + 'tmp/x")',
        "cd " + "/" + "work/main",
        "C:" + "\\Users\\ann",
        "pip install --index" + "-url x",
        "https://" + "pypi" + ".org/simple",
        "# TO" + "DO later",
        "FIX" + "ME",
    ],
)
def test_stray_text_is_caught(line: str) -> None:
    assert lint_texts({"README.md": f"fine\n{line}\n"})[0].where == "README.md:2"


def test_ordinary_text_passes() -> None:
    text = "drop/2024-03-01/contacts.csv\n/usr/bin/env bash\n$LEADHOUSE_HOME/work/x\nTODOS\n"
    assert lint_texts({"README.md": text}) == []


def test_lock_file() -> None:
    digest = "0" * 64
    good = f"click==8.1.0 \\\n    --hash=sha256:{digest} \\\n    --hash=sha256:{digest}\n# by uv\n"
    assert lint_lock(good, "click>=8\n# words\n") == []
    assert lint_lock("click==8.1.0\n", "")
    assert lint_lock(f"click>=8 \\\n    --hash=sha256:{digest}\n", "")
    assert lint_lock(f"--index{'-'}url https://mirror\n{good}", "")
    assert "duckdb of requirements.in has no pin" in said(lint_lock(good, "duckdb>=2\n"))


def test_reader_that_drops_rows_is_caught() -> None:
    assert lint_readers({"ingestion/a.py": "con.read_csv(p, ignore_errors=True)"})
    assert lint_readers({"ingestion/a.py": "SQL = 'read_csv(x, null_padding = true)'"})
    good = '"""Never ignore_errors."""\nshutil.rmtree(p, ignore_errors=True)\n'
    assert lint_readers({"ingestion/a.py": good}) == []


# --- what a file refers to ---------------------------------------------------------------------

RULES = '# Rules\n\n## Late spend\n\n* <a id="d-27"></a>D-27: the latest delivery wins.\n'


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("models/marts/a.yml", "description: The latest (D-" + "127).", "-127 is not in"),
        ("models/marts/a.sql", "-- grain: one row per deal (LR-" + "1)", "-1 is not in"),
        ("README.md", "See warehouse.md, rule 4.", "no document warehouse.md"),
        ("leadhouse/a.py", '"""What design/lost.md says."""\n', "no document design/lost.md"),
        ("leadhouse/a.py", "x = 1  # as docs/gone says\n", "there is no docs/gone"),
        ("leadhouse/a.py", '"""Read leadhouse/old.py."""\n', "there is no leadhouse/old.py"),
        (
            "models/marts/a.sql",
            "-- as models/old/a.sql has it",
            "there is no models/old/a.sql",
        ),
        ("README.md", "[rules](rules.htm)", "rules.htm leads nowhere"),
        ("docs/erd.md", "[late](rules.md#d-1)", "rules.md#d-1 leads nowhere"),
        ("docs/erd.md", "[here](#there)", "#there leads nowhere"),
    ],
)
def test_reference_to_nothing_is_caught(path: str, text: str, problem: str) -> None:
    files = {"docs/rules.md": RULES, "models/marts/b.sql": "", path: "\n" + text}
    found = lint_references(files)
    assert [each.where.partition(":")[0] for each in found] == [path]
    assert problem in said(found)


def test_references_resolve() -> None:
    files = {
        "docs/rules.md": RULES,
        "docs/erd.md": "[late](rules.md#late-spend), [D-27](rules.md#d-27), [top](#top)\n# Top\n",
        "docs/tour.md": "![of a page](pages/first.png)",
        "docs/pages/first.png": "",
        "pages/first.py": "",
        "README.md": "[erd](docs/erd.md), docs/erd.md, rules.md, models/, https://a.b/c.md\n",
        "models/marts/a.sql": "select 'models/x' as path -- D-27, as models/marts has it\n",
        "leadhouse/a.py": 'X = "docs/none"  # see docs/rules.md#d-27\n',
    }
    assert lint_references(files) == []


def test_rule_that_stands_twice_is_caught() -> None:
    assert "d-27 is defined twice" in said(lint_references({"docs/rules.md": RULES + RULES}))
