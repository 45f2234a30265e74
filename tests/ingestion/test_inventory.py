"""The drop folder: what is taken, what is ignored, what is a problem."""

from __future__ import annotations

from datetime import date

import pytest

from ingestion.contract import ENTITIES
from ingestion.inventory import take_inventory
from ingestion.load import failure_message
from leadhouse.errors import LandingError

READ = (
    ".csv, .tsv, .txt, .jsonl, .json, .csv.gz, .tsv.gz, .txt.gz, .jsonl.gz, .json.gz, .parquet, "
    ".xlsx, .xls, .xlsb, .ods, .zip"
)


def _targets(company):
    return [
        (str(target.delivery_date), target.file, target.entity)
        for target in take_inventory(company.settings).targets
    ]


def test_files_are_matched_by_the_longest_entity_name(company):
    for file in (
        *("contact_tags.csv", "contacts.csv", "contacts-part1.csv.gz", "contacts_2.jsonl"),
        *("Deals.2024.XLSX", "deal_stages.parquet", "deals.jsonl.gz"),
    ):
        company.deliver(file, b"")
    company.deliver("calls.csv", b"", "2024-02-29")
    assert _targets(company) == [
        ("2024-02-29", "calls.csv", "calls"),
        ("2024-03-01", "Deals.2024.XLSX", "deals"),
        ("2024-03-01", "contact_tags.csv", "contact_tags"),
        ("2024-03-01", "contacts-part1.csv.gz", "contacts"),
        ("2024-03-01", "contacts.csv", "contacts"),
        ("2024-03-01", "contacts_2.jsonl", "contacts"),
        ("2024-03-01", "deal_stages.parquet", "deal_stages"),
        ("2024-03-01", "deals.jsonl.gz", "deals"),
    ]
    assert take_inventory(company.settings).problems == ()


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_entity_is_found_by_its_name(company, entity):
    company.deliver(f"{entity}.csv", b"")
    assert _targets(company) == [("2024-03-01", f"{entity}.csv", entity)]


def test_hidden_and_unfinished_files_are_ignored(company):
    for file in (".hidden.csv", "contacts.csv.part", "deals.csv.tmp", ".DS_Store"):
        company.deliver(file, b"x")
    company.deliver("x", b"", ".git")
    (company.drop / "copying.part").write_text("")
    inventory = take_inventory(company.settings)
    assert (inventory.targets, inventory.problems) == ((), ())


def test_a_missing_drop_folder_says_what_to_do(company):
    company.drop.rmdir()
    with pytest.raises(LandingError) as caught:
        company.land()
    assert str(caught.value) == (
        f"The drop folder {company.drop} does not exist. Create it and put deliveries (folders "
        "named YYYY-MM-DD) into it, or name another in LEADHOUSE_DROP."
    )


def test_problems_say_what_where_and_what_to_do(company, tmp_path):
    company = company.with_settings(unknown_files="error")
    company.deliver("leads.csv", b"x")
    company.deliver("contacts.docx", b"x")
    company.deliver("contactsX.csv", b"x")
    (company.drop / "2024-03-01" / "calls").mkdir()
    (company.drop / "2024-03-02").mkdir()
    (company.drop / "2024-02-30").mkdir()
    (company.drop / "march").mkdir()
    (company.drop / "contacts.csv").write_text("x")
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "users.csv").write_text("user_id,name\n1,Ann\n")
    (company.drop / "2024-03-01" / "users.csv").symlink_to(outside / "users.csv")
    (company.drop / "2024-03-01" / "tasks.csv").symlink_to(outside / "gone.csv")
    (company.drop / "2024-03-03").symlink_to(outside)
    inventory = take_inventory(company.settings)
    assert inventory.targets == ()
    assert inventory.deliveries == (date(2024, 3, 1), date(2024, 3, 2))
    drop = company.drop
    rename = (
        "Rename it after an entity (such as contacts.csv, deals-part1.csv), write a mapping for it "
        "in mappings/, or remove it."
    )
    unknown = "is unknown: its name starts with no entity and no mapping takes it."
    link = (
        "is a link that leads out of the drop folder, or nowhere. "
        "Copy the file itself into the delivery."
    )
    assert inventory.problems == (
        f"The folder 2024-02-30 in the drop folder {drop} is not a delivery: its name is not a "
        "valid date. Name it YYYY-MM-DD after its delivery day, or remove it.",
        "2024-03-01/calls is not a file, and folders inside a delivery are not read. "
        "Move its files into the delivery folder, or remove it.",
        f"The file 2024-03-01/contacts.docx is in a format that is not read. Deliver it as {READ}.",
        f"The file 2024-03-01/contactsX.csv {unknown} The nearest is the entity contacts. {rename}",
        f"The file 2024-03-01/leads.csv {unknown} The nearest is the entity deals. {rename}",
        f"The file 2024-03-01/tasks.csv {link}",
        f"The file 2024-03-01/users.csv {link}",
        f"The delivery folder 2024-03-03 is a link that leads out of the drop folder {drop}. "
        "Copy its files into a real folder.",
        f"The file contacts.csv lies in the drop folder itself ({drop}). "
        "Move it into a delivery folder named YYYY-MM-DD, or remove it.",
        f"The folder march in the drop folder {drop} is not a delivery: its name is not a "
        "valid date. Name it YYYY-MM-DD after its delivery day, or remove it.",
    )


def test_unknown_files_are_kept_in_the_load_log_until_they_are_gone(company):
    path = company.deliver("leads.csv", b"x")
    company.deliver("users.csv", "user_id,name\n1,Ann\n")
    for _ in range(2):
        company.land()
        inventory = take_inventory(company.settings)
        assert inventory.problems == ()
        (warning,) = inventory.warnings
        assert company.query(
            "select entity, file, status, rows_read, error from raw_ledger.loads "
            "where is_current order by file"
        ) == [
            ("(unknown)", "leads.csv", "refused", 0, warning),
            ("users", "users.csv", "loaded", 1, None),
        ]
        assert company.quarantine("entity, file, row_number, reason") == [
            ("(unknown)", "leads.csv", None, warning)
        ]
    path.unlink()
    company.land()
    assert company.quarantine() == []
    assert company.query("select entity from raw_ledger.loads where is_current") == [("users",)]


def test_an_unknown_file_is_named_with_what_it_may_have_been_meant_as(company):
    company.map(
        'name: gads\nfiles: "gads_*.csv"\nentity: users\ncolumns: {user_id: Id, name: Name}\n'
    )
    company.deliver("gad_may.csv", b"x")
    company.deliver("contcats.csv", b"x")
    first, second = take_inventory(company.settings).warnings
    assert "contcats.csv is unknown" in first and "nearest is the entity contacts." in first
    assert "nearest is the mapping gads, which takes gads_*.csv." in second


def test_system_files_are_ignored_beside_real_ones(company):
    for file in ("~$deals.xlsx", "Thumbs.db", "desktop.ini", "DESKTOP.INI", ".DS_Store"):
        company.deliver(file, b"x")
    company.deliver("users.csv", "user_id,name\n1,Ann\n")
    (company.drop / "Thumbs.db").write_bytes(b"x")
    inventory = take_inventory(company.settings)
    assert (inventory.problems, inventory.unknown) == ((), ())
    assert _targets(company) == [("2024-03-01", "users.csv", "users")]


def test_one_message_for_everything_that_failed(company):
    company = company.with_settings(unknown_files="error")
    company.deliver("leads.csv", b"x")
    company.deliver("users.csv", "user_id\n1\n")
    results = company.land()
    problems = take_inventory(company.settings).problems
    message = failure_message(results, problems)
    assert message.splitlines() == [
        "Landing found 2 problems; what was published before stays published:",
        f"  - {results[0].error}",
        f"  - {problems[0]}",
    ]
    assert failure_message([], ()) is None


def test_the_state_is_that_of_the_files_wherever_the_folder_lies(company):
    company.map(
        "files: list*.csv\nentity: users\ncolumns: {user_id: Id, name: Code}\n"
        "lookup: {file: team.csv, key: Seller, columns: Code}\n"
    )
    company.deliver("list.csv", "Id,Seller\n1,Ann\n")
    team = company.deliver("team.csv", "Seller,Code\nAnn,A\n")
    state = take_inventory(company.settings).state()
    company.drop.rename(company.drop.with_name("elsewhere"))
    moved = company.settings.model_copy(update={"drop": company.drop.with_name("elsewhere")})
    assert take_inventory(moved).state() == state
    (moved.drop / team.relative_to(company.drop)).write_text("Seller,Code\nAnn,A2\n")
    assert take_inventory(moved).state() != state
