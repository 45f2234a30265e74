"""Random files against an independent reading: every row accounted for, no value changed."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.ingestion.company import Company, settings_for

pytestmark = pytest.mark.slow

CELL = st.one_of(
    st.text(alphabet='ab "\n\r,;\tü€#\\\u00a0\x00', max_size=6),
    st.sampled_from(["", " ", "0007", "18446744073709551615", "NULL", "2024-01-01", "1,5", '""']),
)
MUTATION = st.tuples(
    st.sampled_from(["cut", "insert", "none", "none"]),
    st.integers(0, 400),
    st.sampled_from([b",", b'"', b"\n", b"\r\n", b" ", b"x", b'",', b"\n\n"]),
)
# No shrinking: an example is eight files and a warehouse, and shrinking one takes minutes.
FUZZ = settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate])


def _value(cell: str) -> str | None:
    """A cell as it lands: no-break spaces are blanks, outer blanks go, an empty cell is none."""
    return cell.replace("\u00a0", " ").strip(" \t\r\n\v\f") or None


@settings(FUZZ)
@given(
    files=st.lists(
        st.tuples(
            st.lists(st.tuples(CELL, CELL, CELL), max_size=8),
            st.sampled_from(["\n", "\r\n"]),
            st.booleans(),
        ),
        min_size=8,
        max_size=8,
    )
)
def test_a_written_csv_is_read_back_exactly(files):
    with tempfile.TemporaryDirectory() as folder:
        company = Company(settings_for(Path(folder)))
        expected = []
        for at, (rows, end, all_quoted) in enumerate(files):
            out = io.StringIO(newline="")
            # Python's writer leaves a lone CR unquoted, which is not RFC 4180.
            returns = any("\r" in cell for row in rows for cell in row)
            quoting = csv.QUOTE_ALL if all_quoted or returns else csv.QUOTE_MINIMAL
            writer = csv.writer(out, lineterminator=end, quoting=quoting)
            writer.writerow(["user_id", "name", "odd"])
            for row in rows:
                writer.writerow(row)
            company.deliver(f"users-{at}.csv", out.getvalue().encode())
            good = [row for row in rows if _value(row[0]) and _value(row[1])]
            read = sum(any(map(_value, row)) for row in rows)
            expected.append((read, [tuple(map(_value, row)) for row in good]))
        results = {result.target.file: result for result in company.land()}
        for at, (read, good) in enumerate(expected):
            result = results[f"users-{at}.csv"]
            assert result.status == "loaded", result.error
            assert (result.rows_read - result.rows_excluded, result.rows_loaded) == (
                read,
                len(good),
            )
            assert result.rows_quarantined == read - len(good)
            landed = company.query(
                "select user_id, name, json_extract_string(_extra, 'odd') from raw.users "
                f"where _source_file = 'users-{at}.csv' order by _row_number"
            )
            assert landed == good


@settings(FUZZ)
@given(
    files=st.lists(
        st.tuples(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8), MUTATION, MUTATION),
        min_size=8,
        max_size=8,
    )
)
def test_a_damaged_csv_is_never_read_in_part_without_a_word(files):
    with tempfile.TemporaryDirectory() as folder:
        company = Company(settings_for(Path(folder)))
        contents = {}
        for at, (rows, *mutations) in enumerate(files):
            out = io.StringIO(newline="")
            csv.writer(out, lineterminator="\n").writerows([["user_id", "name"], *rows])
            data = bytearray(out.getvalue().encode())
            for kind, where, what in mutations:
                place = len("user_id,name\n") + where % max(1, len(data) - len("user_id,name\n"))
                if kind == "cut":
                    del data[place : place + 2]
                elif kind == "insert":
                    data[place:place] = what
            contents[f"users-{at}.csv"] = bytes(data)
            company.deliver(f"users-{at}.csv", bytes(data))
        for result in company.land():
            data = contents[result.target.file]
            assert result.rows_read == (
                result.rows_loaded + result.rows_quarantined + result.rows_excluded
            )
            if result.status == "refused":
                assert result.rows_loaded == 0 and result.error
                continue
            rows = company.query(
                "select _row_number, user_id, name from raw.users "
                f"where _source_file = '{result.target.file}' order by 1"
            )
            quarantined = company.query(
                f"select row_number from raw_ledger.quarantine where file = '{result.target.file}'"
            )
            assert len(rows) + len(quarantined) == result.rows_read - result.rows_excluded
            numbers = [row[0] for row in (*rows, *quarantined)]
            assert len(set(numbers)) == len(numbers), data
            stream = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="\n")
            reader = csv.reader(stream, strict=True)
            try:
                read = [(reader.line_num, row) for row in reader][1:]
            except (csv.Error, UnicodeDecodeError):
                continue
            cells = [row[:2] if row[2:] == [""] else row for _, row in read]
            good = [row for row in cells if len(row) == 2 and all(map(_value, row))]
            assert [list(row[1:]) for row in rows] == [list(map(_value, row)) for row in good], data
            # Only lines without any value are left out.
            kept = result.rows_read - result.rows_excluded
            assert kept == sum(any(map(_value, row)) for _, row in read)
