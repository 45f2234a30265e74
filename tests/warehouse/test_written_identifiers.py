"""Phones and e-mails, however people write them, identify whom the writer meant.

The project's own SQL reads the cells, and the reference of the differential test is held to the
same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reference.rules import email_addresses, phone_numbers
from tests.warehouse.compiled_project import CompiledProject
from tests.warehouse.conftest import Projects

Read = Callable[[Sequence[str]], list[set[str]]]
"""Gives the identifiers in each of some cells."""

PHONES = "int_phones_normalised"
IDENTIFIERS = "int_contact_identifiers_normalised"
INPUTS = {
    "stg_calls": "from_phone varchar, to_phone varchar",
    "stg_enquiries": "phone varchar",
    "stg_number_leases": "phone varchar",
    "stg_tracking_numbers": "phone varchar",
    "stg_contacts": "phone varchar",
    "identifier_blocklist": "identifier varchar",
    "int_contacts_survived": (
        "contact_id varchar, surviving_contact_id varchar, email varchar, phone varchar"
    ),
    PHONES: "written_phone varchar, phone_no bigint, phone varchar",
}


@pytest.fixture(scope="module")
def project(projects: Projects) -> CompiledProject:
    return projects("default")


@pytest.fixture(scope="module")
def workbench(project: CompiledProject) -> duckdb.DuckDBPyConnection:
    connection = project.workbench(INPUTS, "phone_regions")
    connection.execute("set variable leadhouse = {'phone_region': 'PL'}")
    return connection


@pytest.fixture(scope="module")
def phones(project: CompiledProject, workbench: duckdb.DuckDBPyConnection) -> Read:
    table = project.table("stg_contacts")

    def read(cells: Sequence[str]) -> list[set[str]]:
        workbench.execute(f"delete from {table}")
        workbench.executemany(f"insert into {table} values (?)", [[cell] for cell in cells])
        found = workbench.execute(
            f"select written_phone, phone from ({project.query(PHONES)})"
        ).fetchall()
        return [{phone for cell, phone in found if cell == asked} for asked in cells]

    return read


@pytest.fixture(scope="module")
def emails(project: CompiledProject, workbench: duckdb.DuckDBPyConnection) -> Read:
    table = project.table("int_contacts_survived")

    def read(cells: Sequence[str]) -> list[set[str]]:
        workbench.execute(f"delete from {table}")
        rows = [[str(at), cell] for at, cell in enumerate(cells)]
        workbench.executemany(f"insert into {table} values ($1, $1, $2, null)", rows)
        found = workbench.execute(
            f"select contact_id, identifier from ({project.query(IDENTIFIERS)})"
        ).fetchall()
        return [{email for id_, email in found if id_ == str(at)} for at in range(len(cells))]

    return read


def grouped_by(text: str, sizes: tuple[int, ...], sign: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return sign.join(part for part in (*parts, text[at:]) if part)


@st.composite
def polish_numbers(draw: st.DrawFn) -> str:
    """Nine digits that are somebody's."""
    first = draw(st.sampled_from(("22", "601", "50", "88", "12")))
    rest = draw(st.text("0123456789", min_size=9 - len(first), max_size=9 - len(first)))
    number = first + rest
    return number if len(set(number)) > 2 and number != "123456789" else "601234567"


@st.composite
def written(draw: st.DrawFn, number: str) -> str:
    """A number in one of the ways in which people write it."""
    sign = draw(st.sampled_from(("", " ", "-", ".", "\u00a0")))
    sizes = draw(st.sampled_from(((3, 3), (2, 3, 2), (9,), (2, 7))))
    national = grouped_by(number, sizes, sign)
    bracketed = f"({number[:2]}) {number[2:]}"
    slashed = f"{number[:2]}/{number[2:5]}/{number[5:]}"
    national = draw(st.sampled_from((national, national, bracketed, slashed)))
    code = draw(st.sampled_from(("", "+48 ", "+48", "0048 ", "48", "+48 (0) ", "(+48)", "+48-")))
    before = draw(st.sampled_from(("", " ", "'", "tel:", "p:", "tel. ", "mob: ", "Anna ")))
    after = draw(
        st.sampled_from(("", " ", " wew. 12", " ext 7", ";ext=12", "x12", "#12", " (mama)", ",,3"))
    )
    return f"{before}{code}{national}{after}"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_phone_is_the_same_however_it_is_written(phones: Read, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(polish_numbers(), min_size=1, max_size=8))
    cells = [data.draw(written(number)) for number in numbers]
    meant = [{f"+48{number}"} for number in numbers]
    assert [set(phone_numbers(cell, "PL")) for cell in cells] == meant
    assert phones(cells) == meant


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_each_phone_of_a_cell_identifies(phones: Read, data: st.DataObject) -> None:
    cells, meant = [], []
    for _ in range(4):
        numbers = data.draw(st.lists(polish_numbers(), min_size=2, max_size=3))
        sign = data.draw(st.sampled_from(("/", " / ", ",", ", ", ";", " ; ", "\n", " lub ", "|")))
        code = data.draw(st.sampled_from(("", "+48 ", "0048")))
        cells.append(sign.join(code + grouped_by(number, (3, 3), " ") for number in numbers))
        meant.append({f"+48{number}" for number in numbers})
    assert [set(phone_numbers(cell, "PL")) for cell in cells] == meant
    assert phones(cells) == meant


NOBODY = ("brak", "-", "n/a", "4.86E+11", "4,86601E+10", "4.86e11", "tel:4.86E+11", "0", "0000")
NOBODY += ("999999999", "+48 999 999 999", "111-111-111", "+48", "+48 (0)", "anonymous")
NOBODY += ("+266696687", "266696687", "123456789", "+", "()", "\u2014")


def test_what_fills_a_field_identifies_nobody(phones: Read) -> None:
    assert [cell for cell in NOBODY if phone_numbers(cell, "PL")] == []
    assert [cell for cell, found in zip(NOBODY, phones(NOBODY), strict=True) if found] == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_email_is_the_same_however_it_is_written(emails: Read, data: st.DataObject) -> None:
    local = st.from_regex(r"[a-zżłóęśćń0-9_][a-zżł0-9._+'-]{0,8}[a-z0-9]", fullmatch=True)
    domain = st.from_regex(
        r"[a-zł0-9][a-z0-9-]{0,6}[a-z0-9]\.(example|pl\.example)", fullmatch=True
    )
    frames = (
        "{}",
        " {} ",
        "\t{}",
        "{}\u00a0",
        "<{}>",
        "Anna K <{}>",
        '"Anna, K" <{}>',
        "mailto:{}",
    )
    frames += ("'{}'", "({})", "e-mail: {}", "{}.", "mailto:{}?subject=Oferta", "[{}]")
    cells, meant = [], []
    for _ in range(6):
        addresses = data.draw(st.lists(st.tuples(local, domain), min_size=1, max_size=3))
        sign = data.draw(st.sampled_from((";", "; ", ",", ", ", " ", "\n", " / ", "|")))
        shown = []
        for name, host in addresses:
            address = f"{name}@{host}"
            address = data.draw(st.sampled_from((address, address.upper(), address.title())))
            shown.append(data.draw(st.sampled_from(frames)).format(address))
        cells.append(sign.join(shown))
        meant.append({f"{name}@{host}" for name, host in addresses})
    assert [set(email_addresses(cell)) for cell in cells] == meant
    assert emails(cells) == meant


def test_what_has_no_address_identifies_nobody(emails: Read) -> None:
    cells = ["n/a", "brak", "-", "@", "anna", "anna @", "@firma.example", "", " ", "<>", "x@ y"]
    assert [cell for cell in cells if email_addresses(cell)] == []
    assert [cell for cell, found in zip(cells, emails(cells), strict=True) if found] == []
