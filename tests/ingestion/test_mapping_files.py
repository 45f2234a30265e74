"""Mappings of several files, rows and systems; the examples of the description land as it says."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re

import pytest

from leadhouse.errors import LandingError
from leadhouse.paths import PROJECT_ROOT

BLOCK = re.compile(r"```(\w+)(?: ([^\n]*))?\n(.*?)```", re.DOTALL)


def _examples():
    """Mapping, delivered files, and what lands of them, as the description shows them together."""
    text = (PROJECT_ROOT / "ingestion/mappings/README.md").read_text()
    examples = []
    for kind, said, content in BLOCK.findall(text):
        if kind == "yaml":
            examples.append((content, [], []))
        else:
            landed = said.startswith("lands as ")
            examples[-1][2 if landed else 1].append((said.removeprefix("lands as "), content))
    return [example for example in examples if example[1]]


@pytest.mark.parametrize("example", _examples(), ids=lambda example: example[1][0][0])
def test_the_examples_of_the_description(company, example):
    mapping, files, landed = example
    company.map(mapping)
    for name, content in files:
        company.deliver(name, content)
    assert [result.error for result in company.land() if result.error] == []
    assert company.quarantine() == []
    assert landed
    for entity, content in landed:
        header, *rows = csv.reader(io.StringIO(content))
        shown = [f"coalesce({name}::varchar, '')" for name in header]
        found = company.query(
            f"select {', '.join(shown)} from raw.{entity} "
            "order by _delivery_date, _source_file, _mapping, _row_number"
        )
        assert found == [tuple(row) for row in rows]


LIST = """
name: list
files: "list*.csv"
entity: deals
columns: {deal_id: Id, created_at: Day, pipeline: {value: x}, status: {value: open}, product: P}
"""
ROWS = "Id,Day,P\n1,2024-02-01,a\n2,2024-02-02,b\n1,2024-02-03,c\n"


def test_two_mappings_of_one_entity_are_loaded_and_taken_back_apart(company):
    second = LIST.replace("name: list", "name: twin").replace("deal_id: Id", "deal_id: P")
    company.map(LIST, "one.yml")
    company.map(second, "two.yml")
    company.deliver("list.csv", ROWS)
    assert sorted(result.rows_loaded for result in company.land()) == [3, 3]
    assert [result.status for result in company.land()] == []
    company.map(second.replace("deal_id: P", "deal_id: Day"), "two.yml")
    assert [result.target.mapped_by for result in company.land()] == ["twin"]
    ids = "select deal_id from raw.deals order by all"
    assert company.query(ids) == [
        *[("1",), ("1",), ("2",), ("2024-02-01",), ("2024-02-02",), ("2024-02-03",)]
    ]
    (company.drop / "mappings/two.yml").unlink()
    assert [result.status for result in company.land()] == ["withdrawn"]
    assert company.query(ids) == [("1",), ("1",), ("2",)]
    assert company.query(
        "select mapping, is_current from raw_ledger.loads where is_current order by all"
    ) == [("list", True)]


def test_a_refused_twin_leaves_the_other_in_place(company):
    company.map(LIST, "one.yml")
    company.map(LIST.replace("name: list", "name: twin").replace("Day", "Monat"), "two.yml")
    company.deliver("list.csv", ROWS.replace("2024-02-02", "no day"))
    results = {result.target.mapped_by: result for result in company.land()}
    assert (results["list"].rows_loaded, results["list"].rows_quarantined) == (2, 1)
    assert results["twin"].status == "refused"
    assert len(company.quarantine()) == 2
    company.land()
    assert len(company.quarantine()) == 2


def test_your_own_mapping_comes_before_a_ready_one(company):
    company.map(LIST.replace("list*.csv", "school_contacts*.csv"))
    company.deliver("school_contacts.csv", ROWS)
    assert [(result.target.entity, result.rows_loaded) for result in company.land()] == [
        ("deals", 3)
    ]


def test_the_first_row_of_a_key_is_the_first_that_where_keeps(company):
    company.map(LIST + "keep: first\nwhere: {P: {not in: [a]}}\n")
    company.deliver("list.csv", ROWS + ",2024-02-04,d\n,2024-02-05,e\n")
    result = company.only()
    assert (result.rows_loaded, result.rows_excluded, result.rows_quarantined) == (2, 1, 2)
    assert company.rows("deals", "deal_id, product") == [("2", "b"), ("1", "c")]


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ("1,2024-02-01,a,05\n1,2024-02-01,b,03\n", [("1", "a")]),
        ("1,2024-02-01,a,03\n1,2024-02-01,b,05\n", [("1", "b")]),
        # Of two that are as new, and of two that do not say, the last one counts, as ever.
        ("1,2024-02-01,a,03\n1,2024-02-01,b,03\n", [("1", "b")]),
        ("1,2024-02-01,a,\n1,2024-02-01,b,\n", [("1", "b")]),
        ("1,2024-02-01,a,03\n1,2024-02-01,b,\n2,2024-02-01,c,\n", [("1", "a"), ("2", "c")]),
        ("1,2024-02-01,a,03\n1,2024-02-01,test,05\n", [("1", "a")]),
    ],
)
def test_the_newest_row_of_a_key_counts_wherever_it_stands(company, rows, kept):
    company.map(
        LIST.replace("product: P", "product: P, updated_at: {column: At, format: '%d.%m.%Y'}")
        + "keep: newest\nwhere: {P: {not in: [test]}}\n"
    )
    company.deliver("list.csv", "Id,Day,P,At\n" + re.sub(r",(\d\d)\n", r",\1.02.2024\n", rows))
    result = company.only()
    assert result.rows_quarantined == 0
    assert result.rows_read == result.rows_loaded + result.rows_excluded
    assert company.rows("deals", "deal_id, product") == kept


def test_the_newest_row_needs_an_entity_that_says_when_it_changed(company):
    company.map(
        "name: list\nfiles: list.csv\nentity: tasks\nkeep: newest\n"
        "columns: {task_id: Id, created_at: Day, status: {value: open}}\n"
    )
    with pytest.raises(LandingError, match="goes by updated_at, which tasks does not have"):
        company.land()


def test_what_is_written_once_for_several_rows_holds_for_each(company):
    company.map(
        LIST.replace("product: P", "product: P, owner_user_id: Code")
        + "down: [Day, seller]\nwhere: {Id: not empty}\n"
        + "lookup: {file: team.csv, key: Seller, columns: Code}\n"
    )
    company.deliver("team.csv", "Seller,Code\nAnn,A\nBob,B\n")
    company.deliver(
        "list.csv",
        "Id,Day,P,Seller\n1,2024-02-01,a,Ann\n2,,,\n,,,\n3,2024-02-02,b,\xa0\n,,,Bob\n4,,c,\n",
    )
    result = company.only()
    assert (result.rows_loaded, result.rows_excluded, result.rows_quarantined) == (4, 2, 0)
    assert company.rows("deals", "deal_id, created_at::date::text, product, owner_user_id") == [
        ("1", "2024-02-01", "a", "A"),
        ("2", "2024-02-01", None, "A"),
        ("3", "2024-02-02", "b", "A"),
        ("4", "2024-02-02", "c", "B"),
    ]


def test_files_are_passed_over_and_looked_up_in(company):
    company.map(
        "ignore: [readme*, LEGEND.csv]\n---\n"
        + LIST
        + "lookup: [{file: 'more*.csv', key: Id, columns: Note}]\nattributes: {note: Note}\n"
    )
    company.deliver("list.csv", ROWS)
    company.deliver("Readme.txt", "nothing to land")
    company.deliver("legend.csv", "also nothing")
    company.deliver("more.csv", "Note;Id\n' ;1\nhigh;2\nlow;2\n")
    company.deliver("more-2.csv", "Id,Note\n1,' \n")
    result = company.only()
    assert (result.rows_loaded, result.rows_quarantined, result.unknown_columns) == (2, 1, ())
    assert company.rows("deals", "deal_id, _attributes, _extra") == [
        ("1", '{"note":"\'"}', None),
        ("1", '{"note":"\'"}', None),
    ]
    assert company.quarantine() == [
        (3, "Id", "Id: more*.csv has several rows for it, which do not agree")
    ]
    assert company.land() == []
    company.deliver("more.csv", "Note;Id\nlow;2\n")
    assert company.only().rows_loaded == 3


def test_the_key_of_a_lookup_is_found_in_any_case_and_with_any_blanks(company):
    company.map(
        "files: list.csv\nentity: deals\n"
        "columns: {deal_id: Id, created_at: Day, pipeline: {value: p}, owner_user_id: Code}\n"
        "lookup: {file: team.csv, key: {Seller: Name}, columns: Code}\n"
    )
    company.deliver(
        "team.csv",
        "Name,Code\nAnn  Kowalska,U1\nJÖRG,U2\nMax,U3\nmax,U4\nEve,U5\nEVE,U5\nZoe,U6\nZoe,U7\n",
    )
    sellers = ["ANN KOWALSKA", " ann\u00a0 kowalska", "jörg", "Max", "max", "MAX", "eve", "Nobody"]
    rows = [f"{at},2024-02-01,{seller}" for at, seller in enumerate([*sellers, "Zoe"], 1)]
    company.deliver("list.csv", "\n".join(["Id,Day,Seller", *rows]))
    company.land()
    assert company.rows("deals", "deal_id::int, owner_user_id") == [
        *((1, "U1"), (2, "U1"), (3, "U2"), (4, "U3"), (5, "U4"), (7, "U5"), (8, None)),
    ]
    assert company.quarantine("row_number") == [(7,), (10,)]


def test_an_attribute_is_read_by_any_key(company):
    company.map(
        "files: list.csv\nentity: deals\n"
        "columns: {deal_id: Id, created_at: Day, pipeline: {value: p}}\n"
        "attributes:\n"
        '  talk: {column: Talk, duration: "h:mm:ss"}\n'
        '  day: {column: First, format: "%d.%m.%Y"}\n'
        '  sum: {column: A, plus: B, number: "1234,56", divide_by: 10}\n'
        "  seen: {column: Seen, format: epoch, fallback: {column: First, format: '%d.%m.%Y'}}\n"
    )
    company.deliver(
        "list.csv",
        "Id;Day;Talk;First;A;B;Seen\n1;2024-02-01;1:02:03;05.02.2024;1,5;2;1706782800\n"
        "2;2024-02-01;soon;;;;\n3;2024-02-01;;05.02.2024;;;\n",
    )
    company.land()
    assert company.rows("deals", "deal_id, _attributes") == [
        (
            "1",
            '{"talk":"3723","day":"2024-02-05","sum":"0.35","seen":"2024-02-01T10:20:00.000000Z"}',
        ),
        ("3", '{"day":"2024-02-05","seen":"2024-02-05"}'),
    ]
    assert company.quarantine("column_name, reason") == [
        (
            "attributes.talk",
            'attributes.talk: "soon" is not a length of time such as 1:02:03 or 23m 17s',
        )
    ]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "needs a file more*.csv in the same delivery"),
        ({"more.csv": "Id,Other\n1,x\n"}, "more.csv lacks the column Note, which a mapping looks"),
        ({"more.csv": "Id,Note\n1,x,y\n"}, "more.csv, line 2 cannot be read"),
        ({"more.csv": "Id,Note\n1,x\n", "list.csv": "Id,Day,P,Note\n1,2024-02-01,,\n"}, "columns:"),
    ],
)
def test_a_lookup_that_cannot_be_made_refuses_the_file(company, files, said):
    company.map(LIST + "lookup: {file: 'more*.csv', key: Id, columns: Note}\n")
    company.deliver("list.csv", ROWS)
    for name, content in files.items():
        company.deliver(name, content)
    result = company.only()
    assert result.status == "refused"
    assert said in result.error


def test_a_long_list_takes_memory_once_not_once_a_member(company):
    company = company.with_settings(memory_limit="300MB")
    company.map(
        "files: leads.json\nentity: deals\nexplode: _embedded.leads\ncolumns:\n"
        "  deal_id: _embedded.leads.id\n  created_at: {value: 2024-02-01}\n"
        "  pipeline: _embedded.pipeline\n  title: _embedded.leads.card.title\n"
    )
    leads = [
        {"id": number, "card": {"title": f"  {number} Ł"}, "note": "x" * 400}
        for number in range(4000)
    ]
    page = {"_embedded": {"pipeline": "sales", "leads": leads}}
    company.deliver("leads.json", json.dumps(page))
    assert company.only().rows_loaded == 4000
    found = company.query("select distinct pipeline, title from raw.deals where deal_id = '3999'")
    assert found == [("sales", "3999 Ł")]


@pytest.mark.parametrize("name", ["calls.json.gz", "calls.jsonl", "calls.jsonl.gz"])
def test_a_page_a_line_and_a_record_a_line_land_alike(company, name):
    company.map(
        "files: calls.json*\nentity: calls\nexplode: records\ncolumns:\n"
        "  call_id: records.id\n  started_at: {column: records.at, format: epoch}\n"
        "  direction: {value: in}\n  status: {value: answered}\n  source: page.source\n"
    )
    page = {"source": "ads"}
    one, two = ({"id": f"0{number}", "at": 1706781600 + number} for number in (1, 2))
    lines = [{"page": page, "records": one}, {"page": page, "records": [two]}]
    text = "\n".join(map(json.dumps, lines)) if "jsonl" in name else json.dumps(lines)
    company.deliver(name, gzip.compress(text.encode()) if name.endswith(".gz") else text)
    assert company.only().rows_quarantined == 0
    assert company.rows("calls", "call_id, started_at, source") == [
        ("01", "2024-02-01T10:00:01.000000Z", "ads"),
        ("02", "2024-02-01T10:00:02.000000Z", "ads"),
    ]


def test_a_quarantined_member_is_kept_once_as_it_was_delivered(company):
    company.map(
        "files: pays.jsonl\nentity: payments\nexplode: box.pay\ncolumns:\n"
        "  payment_id: box.pay.id\n  deal_id: box.deal\n  paid_at: box.pay.at\n"
        "  amount: box.pay.sum\n  currency: {value: EUR}\n"
    )
    pay = [{"id": 1, "at": "2024-02-01", "sum": "ten"}, {"id": 2, "at": "2024-02-01", "sum": "2"}]
    company.deliver("pays.jsonl", json.dumps({"box": {"deal": 7, "pay": pay}}))
    company.only()
    ((raw,),) = company.quarantine("row_json")
    assert json.loads(raw) == {"box": '{"deal":7}', "box.pay": json.dumps(pay[0]).replace(" ", "")}


def test_lists_become_rows_and_every_record_is_accounted_for(company):
    company.map(
        "files: orders.jsonl\nentity: payments\nexplode: pay\ncolumns:\n"
        "  payment_id: pay.id\n  deal_id: id\n  paid_at: pay.at\n  amount: pay.sum\n"
        "  currency: {value: EUR}\n"
    )
    pay = '{"id": "%s", "at": "2024-02-01", "sum": %s}'
    company.deliver(
        "orders.jsonl",
        f'{{"id": 1, "pay": [{pay % ("a", 10)}, {pay % ("b", 0.10)}]}}\n'
        '{"id": 2, "pay": []}\n{"id": 3}\n{"id": 4, "pay": null}\n'
        f'{{"id": 5, "pay": {pay % ("c", 3)}}}\n'
        f'{{"id": 6, "pay": "{"x"}"}}\nno json\n'
        f'{{"id": 7, "pay": [{pay % ("d", "null")}, null]}}\n',
    )
    result = company.only()
    assert (result.rows_read, result.rows_loaded) == (10, 3)
    assert (result.rows_quarantined, result.rows_excluded) == (3, 4)
    assert company.rows("payments", "payment_id, deal_id, amount") == [
        ("a", "1", "10"),
        ("b", "1", "0.1"),
        ("c", "5", "3"),
    ]
    assert [column for _, column, _ in company.quarantine()] == ["pay", None, "amount"]


def test_ids_of_a_system_begin_with_its_prefix_wherever_they_stand(company):
    company.map(
        "files: calls_of_crm.csv\nentity: calls\nid_prefix: 'crm-'\nsource_system: crm\ncolumns:\n"
        "  call_id: Id\n  started_at: At\n  direction: {value: in}\n  status: {value: missed}\n"
        "  contact_id: Contact\n  session_id: {column: Session, id_prefix: ''}\n"
        "  deal_id: {column: Deal, id_prefix: 'erp-'}\n  to_phone: To\n"
    )
    company.deliver(
        "calls_of_crm.csv",
        "Id,At,Contact,Session,Deal,To\n1,2024-02-01,7 ; 8,s1,9,600\n2,2024-02-01,,,,\n",
    )
    company.land()
    assert company.rows(
        "calls", "call_id, contact_id, session_id, deal_id, to_phone, _source_system"
    ) == [
        ("crm-1", "crm-7;crm-8", "s1", "erp-9", "600", "crm"),
        ("crm-2", None, None, None, None, "crm"),
    ]
    assert company.query("select distinct source_system from raw_ledger.loads") == [("crm",)]
    assert company.land() == []


def test_an_attribute_that_cannot_be_read_is_quarantined(company):
    company.map(LIST + "attributes: {size: {column: P, values: {a: small, b: big}}}\n")
    company.deliver("list.csv", ROWS)
    assert company.only().rows_quarantined == 1
    assert company.quarantine() == [
        (4, "attributes.size", 'attributes.size: "c" is not among the mapping\'s values')
    ]


BAD = [
    ("lookup: {fle: x, key: Id, columns: N}", "key lookup.fle: is unknown. Did you mean file?"),
    ("lookup: {file: x, columns: N}", "line 6, key lookup.key: is missing. Name the column"),
    ("lookup: {file: x, key: Id, columns: []}", "key lookup.columns: is empty. List the"),
    ("explode: []", "line 6, key explode: is empty. Name the list"),
    ("fill: maybe", "line 6, key fill: Input should be a valid boolean"),
    ("keep: last", "line 6, key keep: Input should be 'first' or 'newest'. It says 'last'."),
    ("keep: newest", "key keep: newest goes by updated_at, which columns does not fill."),
    ("down: []", "line 6, key down: is empty. Name the columns that are filled once"),
    ("attributes: {q: {colum: P}}", "key attributes.q.colum: is unknown. Did you mean column?"),
    ("attribute: {q: P}", "line 6, key attribute: is unknown. Did you mean attributes?"),
    ("id_prefix: ''", "line 6, key id_prefix: is empty."),
    ("ignore: []", "line 6, key ignore: it must list the files to pass over"),
]


@pytest.mark.parametrize(("line", "said"), BAD, ids=[line for line, _ in BAD])
def test_a_bad_key_is_named_with_its_line(company, line, said):
    company.map(LIST + line + "\n")
    with pytest.raises(LandingError) as caught:
        company.land()
    assert said in str(caught.value)
    assert "Mapping mappings/export.yml, line 6" in str(caught.value)


def test_keys_that_do_not_suit_the_entity_are_named_with_their_lines(company):
    company.map(
        "files: x.csv\nentity: contact_tags\nfill: true\n"
        "columns: {contact_id: a, tag: b, occurred_at: c}\nattributes: {q: Q}\n"
    )
    with pytest.raises(LandingError) as caught:
        company.land()
    assert str(caught.value).splitlines() == [
        "Mapping mappings/export.yml, line 3, key fill: is for entities with one row a key, which "
        "contact_tags is not.",
        "Mapping mappings/export.yml, line 5, key attributes: only contacts, deals, calls, "
        "enquiries have any, not contact_tags.",
    ]
