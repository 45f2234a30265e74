"""The same values come out the same, whichever format and writing they come in."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import tempfile
import unicodedata
import zipfile
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tests.ingestion.company import DAY, Company, settings_for
from tests.ingestion.workbooks import WRITERS, Cell

pytestmark = pytest.mark.slow

COLUMNS = ("deal_id", "created_at", "closed_at", "amount", "title", "pipeline")
Row = tuple[str, dt.datetime, dt.date | None, Decimal | None, str | None, str]

LETTERS = {"cp1250": "aZ09 ąŁż€éü", "cp1251": "aZ09 яЖё№€"}
ODD = ["0007", "5805028000017521591", "1,5", "1e5", "NULL", "true", "2024-01-01", "=A1", "NaN", " "]
SIGNS = "\";,\t\n\u00a0'<&|\\"
EPOCH = dt.datetime(1990, 1, 1)


def rows_of(encoding: str) -> st.SearchStrategy[list[Row]]:
    text = st.text(alphabet=LETTERS[encoding] + SIGNS, max_size=8) | st.sampled_from(ODD)
    moment = st.integers(0, 2**31).map(lambda seconds: EPOCH + dt.timedelta(seconds=seconds))
    row = st.tuples(
        st.text(alphabet="0123456789", min_size=1, max_size=19),
        moment,
        st.none() | moment.map(dt.datetime.date),
        st.none() | st.decimals("-999999.99", "9999999.99", places=2),
        st.none() | text,
        st.text(alphabet=LETTERS[encoding].replace(" ", ""), min_size=1, max_size=4),
    )
    return st.lists(row, min_size=1, max_size=6)


def landed(row: Row) -> tuple[str, str, str | None, str | None, str | None, str]:
    id_, created, closed, amount, title, pipeline = row
    return (
        id_,
        str(created),
        closed and closed.isoformat(),
        None if amount is None else f"{amount:.2f}",
        None if title is None else cleaned(title) or None,
        cleaned(pipeline),
    )


def cleaned(text: str) -> str:
    return unicodedata.normalize("NFC", text).replace("\u00a0", " ").strip()


def in_text(rows: list[Row], delimiter: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([["" if cell is None else str(cell) for cell in row] for row in rows])
    return out.getvalue()


def in_objects(rows: list[Row], leave_out: bool) -> list[str]:
    """A JSON object a row; numbers are numbers, and what is empty is null or left out."""
    return [
        "{"
        + ", ".join(
            f"{json.dumps(name)}: {cell if isinstance(cell, Decimal) else in_json(cell)}"
            for name, cell in zip(COLUMNS, row, strict=True)
            if not (leave_out and cell is None)
        )
        + "}"
        for row in rows
    ]


def in_json(cell: Cell) -> str:
    return json.dumps(None if cell is None else str(cell), ensure_ascii=False)


def in_parquet(rows: list[Row], path: Path) -> None:
    types = ("varchar", "timestamp", "date", "decimal(12, 2)", "varchar", "varchar")
    with duckdb.connect() as con:
        columns = ", ".join(f"{name} {type_}" for name, type_ in zip(COLUMNS, types, strict=True))
        con.execute(f"create table deals ({columns})")
        con.executemany("insert into deals values (?, ?, ?, ?, ?, ?)", [list(row) for row in rows])
        con.execute(f"copy deals to '{path}' (format parquet)")


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def written(rows: list[Row], encoding: str) -> dict[str, bytes]:
    """A file of each format and writing."""
    comma, semicolon, tab = (in_text(rows, delimiter) for delimiter in ",;\t")
    lines, objects = in_objects(rows, leave_out=True), in_objects(rows, leave_out=False)
    array = f"[{', '.join(objects)}]".encode()
    sheet: list[tuple[Cell, ...]] = [COLUMNS, *rows]
    files = {
        "deals-comma.csv": comma.encode(),
        "deals-mark.csv": semicolon.encode("utf-8-sig"),
        "deals-wide.csv": tab.encode("utf-16"),
        f"deals-{encoding}.csv": semicolon.encode(encoding),
        "deals-said.csv": f"sep=;\n{semicolon}".encode(),
        "deals-tabs.tsv": tab.encode(),
        "deals-tabs.txt": tab.encode("utf-8-sig"),
        "deals-packed.csv.gz": gzip.compress(comma.encode()),
        "deals-csv.zip": zipped("export.csv", semicolon.encode()),
        "deals-lines.jsonl": "\n".join(lines).encode(),
        "deals-array.json": array,
        "deals-json.zip": zipped("page.json", array),
        **{f"deals-book.{ending}": write(sheet) for ending, write in WRITERS.items()},
    }
    return files | {"deals-xlsx.zip": zipped("a.xlsx", files["deals-book.xlsx"])}


@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(st.sampled_from(sorted(LETTERS)).flatmap(lambda e: st.tuples(st.just(e), rows_of(e))))
@example(
    (
        "cp1250",
        [
            *(
                (f"{at:019}", EPOCH + dt.timedelta(seconds=at), EPOCH.date(), Decimal(at), odd, "p")
                for at, odd in enumerate(ODD)
            ),
            ("5805028000017521591", dt.datetime(2024, 2, 29, 23, 59, 59), None, None, None, "łż"),
        ],
    )
)
def test_values_come_out_the_same_from_every_format(case: tuple[str, list[Row]]) -> None:
    encoding, rows = case
    with tempfile.TemporaryDirectory() as folder:
        company = Company(settings_for(Path(folder)))
        files = written(rows, encoding)
        for name, content in files.items():
            company.deliver(name, content)
        in_parquet(rows, company.deliver("deals-table.parquet", b""))
        (company.drop / "_encoding.csv").write_text(
            f"file,encoding\n{DAY}/deals-{encoding}.csv,{encoding}\n"
        )
        assert [result.error for result in company.land() if result.error] == []
        assert company.quarantine("file, row_number, reason") == []
        expected = [landed(row) for row in rows]
        for name in (*files, "deals-table.parquet"):
            found = company.query(
                "select deal_id, created_at::timestamp::varchar, closed_at, "
                "amount::decimal(12, 2)::varchar, title, pipeline from raw.deals "
                f"where _source_file = '{name}' order by _row_number"
            )
            assert found == expected, name
