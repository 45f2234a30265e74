"""The pages in a real browser, as `make panels` serves them."""

import io
import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from plotly.offline import get_plotlyjs_version
from python_calamine import CalamineWorkbook

from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import Settings, load_settings
from panels import app
from panels.app import PAGES
from panels.reader import Reader
from panels.words import languages
from tests.browser import SECONDS, Page, open_page
from tests.homes import environment

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo_company")]

DAYS = "from=2026-03-01&to=2026-08-31"


@dataclass
class Served:
    """The panels over a copy of the demo company's published build."""

    settings: Settings
    address: str

    def rows(self, query: str) -> list[tuple]:
        """What the current build says."""
        return [tuple(row.values()) for row in Reader(self.settings).current().rows(query)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def panels(settings: Settings, port: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "panels"],
        env=environment(settings, LEADHOUSE_PANELS_PORT=str(port)),
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def copy_build(source: Path, settings: Settings, build: str) -> Path:
    folder = settings.builds_dir / build
    folder.mkdir(parents=True)
    for name in ("leadhouse.duckdb", "leadhouse_pii.duckdb"):
        shutil.copyfile(source / name, folder / name)
    return folder


def make_current(settings: Settings, build: str) -> None:
    draft = settings.builds_dir / ".current"
    draft.symlink_to(build)
    draft.replace(settings.current_link)


@pytest.fixture(scope="module")
def served(demo_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("panels")
    settings = load_settings({"LEADHOUSE_HOME": str(home), "LEADHOUSE_PII_KEY": "none"})
    copy_build(demo_company / "published" / "builds" / "current", settings, "000001-x")
    make_current(settings, "000001-x")
    port = free_port()
    process = panels(settings, port)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        yield Served(settings, address)
    finally:
        process.terminate()
        process.communicate()


def wait_for(address: str) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            urllib.request.urlopen(address, timeout=SECONDS).close()
            return
        except urllib.error.URLError:
            assert time.monotonic() < deadline, "the panels do not start"
            time.sleep(0.2)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with open_page() as page:
        yield page


def test_every_page_opens_without_an_error_and_asks_nobody_else(page, served):
    axe = Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    for each in PAGES:
        page.open(f"{served.address}{each.path}?{DAYS}&lang=en", "data through 2026-10-30")
        page.waits("document.querySelectorAll('h1').length === 1", f"no name on {each.path}")
        page.waits(
            "[...document.querySelectorAll('.chart')].every(each => each.querySelector('svg'))",
            f"no picture on {each.path}",
        )
        assert page.barriers(axe) == [], each.path
    assert page.hosts() == {"127.0.0.1"}
    assert page.errors() == []


def test_pictures_come_from_the_slim_script_of_the_same_plotly():
    script = Path(app.__file__).with_name("assets") / "plotly-basic.min.js"
    version = re.search(r"v(\d+\.\d+\.\d+)", script.read_text(encoding="utf-8"))
    assert version and version[1] == get_plotlyjs_version()


def test_the_menu_goes_from_page_to_page_and_keeps_the_days(page, served):
    page.open(f"{served.address}/?{DAYS}&lang=en", "Which channel brought what?")
    page.follow("a[href^='/lead-routing']")
    page.shows("Basic data")
    assert page.reads("a.range.chosen, .menu a.chosen") == "Lead routing"
    assert f"?lang=en&{DAYS}" in page.place()


def test_a_filter_changes_the_numbers_and_the_address(page, served):
    ((before,), (after,)) = (
        *served.rows(
            "select sum(sessions) from reports.rpt_channel_performance "
            "where date_day between '2026-03-01' and '2026-08-31'"
        ),
        *served.rows(
            "select sum(sessions) from reports.rpt_channel_performance "
            "where date_day between '2026-07-01' and '2026-08-31'"
        ),
    )
    page.open(f"{served.address}/?{DAYS}&lang=en", f"Sessions\n{before:,}")
    page.writes("input[type=date]", "2026-07-01")
    page.shows(f"Sessions\n{after:,}")
    assert "from=2026-07-01" in page.place()


def test_a_number_opens_its_contacts(page, served):
    ((count,),) = served.rows(
        "select sum(not_passed) from reports.rpt_lead_routing_steps where panel_id = 'inbound' "
        "and step = 'cp1' and acquired_date between '2026-03-01' and '2026-08-31'"
    )
    cohort = "panel=inbound&acquired_from=2026-03-01&acquired_to=2026-08-31&lang=en"
    page.open(f"{served.address}/lead-routing?{cohort}", "Where do contacts stop?")
    page.follow("a.not-passed[href*='step.cp1']")
    assert page.reads("#behind-count") == str(count)
    page.follow("#behind .behind-head a")
    page.waits("!document.querySelector('#behind')", "the list stays open")


def test_the_journal_sorts_and_opens_a_card(page, served):
    best = served.rows(
        "select deal_id from marts.fct_deals where created_date between '2026-03-01' and "
        "'2026-08-31' order by amount_rc desc nulls last, created_date desc, deal_id limit 1"
    )[0][0]
    page.open(f"{served.address}/deal-journal?{DAYS}&lang=en", "Every deal of these days")
    page.waits("Boolean(document.querySelector('.ag-row[row-index=\"0\"] a'))", "no rows")
    header = ".ag-header-cell[col-id=amount_rc] .ag-header-cell-label"
    page.follow(header)
    page.follow(header)
    first = "document.querySelector('.ag-row[row-index=\"0\"] a')?.innerText"
    page.waits(f"{first} === '{best}'", "the largest deal is not on top")
    page.follow('.ag-row[row-index="0"] a')
    assert page.reads("#card h2") == f"Deal {best}"
    assert page.errors() == []


def test_what_is_downloaded_is_what_is_filtered(page, served, tmp_path):
    said = served.rows(
        "select deal_id from marts.fct_deals where is_won and created_date between '2026-03-01' "
        "and '2026-08-31' order by created_date, deal_id"
    )
    page.downloads_to(tmp_path)
    page.open(f"{served.address}/deal-journal?{DAYS}&status=won&lang=en", "Download")
    for kind in ("csv", "xlsx"):
        page.follow(f"a[href^='/download/deals.{kind}']")
        file = tmp_path / f"deals.{kind}"
        deadline = time.monotonic() + SECONDS
        while not file.exists():
            assert time.monotonic() < deadline, f"no {file.name}"
            time.sleep(0.2)
        if kind == "csv":
            rows = duckdb.sql(f"select deal_id from read_csv('{file}', all_varchar = true)")
            assert rows.fetchall() == said
        else:
            sheet = CalamineWorkbook.from_filelike(io.BytesIO(file.read_bytes()))
            assert [(row[0],) for row in sheet.get_sheet_by_index(0).to_python()[1:]] == said


def asked(address: str, path: str) -> tuple[int, str]:
    """What the server answers to a browser that opens this page."""
    inputs = [("address", "pathname", path), ("address", "search", f"?{DAYS}&lang=en")]
    inputs.append(("newest-build", "data", ""))
    body = {
        "output": "frame.children",
        "outputs": {"id": "frame", "property": "children"},
        "inputs": [{"id": id, "property": name, "value": value} for id, name, value in inputs],
        "changedPropIds": ["address.pathname"],
    }
    request = urllib.request.Request(
        f"{address}/_dash-update-component",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return answer.status, answer.read().decode()


def test_twenty_people_at_once_all_get_their_pages(served):
    words = languages()["en"]
    pages = [PAGES[number % len(PAGES)] for number in range(60)]
    with ThreadPoolExecutor(20) as people:
        answers = list(people.map(lambda each: asked(served.address, each.path), pages))
    for each, (status, text) in zip(pages, answers, strict=True):
        assert status == 200
        assert words(each.name) in text
        assert "failure" not in text, each.path


def test_an_address_of_no_page_says_so(page, served):
    page.open(f"{served.address}/nowhere?lang=en", "There is no page at this address.")


def test_a_newly_published_build_comes_by_itself(page, served):
    page.open(f"{served.address}/?{DAYS}&lang=en", "Which channel brought what?")
    current = served.settings.builds_dir / "000001-x"
    folder = copy_build(current, served.settings, "000002-x")
    with duckdb.connect(folder / "leadhouse.duckdb") as con:
        con.execute("update marts.fct_channel_days set sessions = sessions * 1000")
        con.execute("update trust.rpt_run set build_id = '000002-x'")
        ((after,),) = con.execute(
            "select sum(sessions) from marts.fct_channel_days "
            "where date_day between '2026-03-01' and '2026-08-31'"
        ).fetchall()
    make_current(served.settings, "000002-x")
    page.shows(f"Sessions\n{after:,}")
    assert page.reads(".through") == "data through 2026-10-30"
    assert page.errors() == []


def test_a_taken_port_and_nothing_published_are_clear_errors(served, settings):
    taken = int(served.address.rpartition(":")[2])
    _, said = panels(served.settings, taken).communicate(timeout=SECONDS)
    assert f"Port {taken} cannot be used" in said
    assert "make panels PORT=8051" in said
    process = panels(settings, free_port())
    _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "Nothing is published" in said
    assert "Traceback" not in said
