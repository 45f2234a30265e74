"""The workbooks: what people of the company keep by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path

import xlsxwriter

from leadhouse.demo import company, money
from leadhouse.demo.plan import Plan

Rows = Iterable[tuple[object, ...]]

_USERS = ("user_id", "name", "email", "role", "team", "is_active", "updated_at")
_TARGETS = ("month", "level", "level_id", "metric", "target", "currency")
_COSTS = (
    "cost_id",
    "date_from",
    "date_to",
    "source",
    "medium",
    "campaign",
    "amount",
    "currency",
    "kind",
    "is_planned",
)


def write_sheets(plan: Plan, folders: list[Path]) -> None:
    """Write the workbooks into the folders of their deliveries."""
    first = folders[0]
    users = [(*user[:5], user[5], "2025-10-15 09:00:00") for user in company.USERS]
    write_sheet(first / "users.xlsx", "users", _USERS, users)
    for number, user_id, team, moment in company.MOVES:
        moved = [(*user[:4], team, user[5], moment) for user in company.USERS if user[0] == user_id]
        write_sheet(folders[number] / "users.xlsx", "users", _USERS, moved)
    gone = company.DEPARTURE
    left = f"{gone.moment:%Y-%m-%d %H:%M:%S}"
    cards = [(*user[:5], "false", left) for user in company.USERS if user[0] == gone.user_id]
    write_sheet(folders[gone.delivery] / "users-left.xlsx", "users", _USERS, cards)
    write_sheet(first / "targets.xlsx", "targets", _TARGETS, money.target_rows(plan))
    write_sheet(first / "manual_costs_2026.xlsx", "manual_costs", _COSTS, money.cost_rows(plan))


def workbook_mapping() -> str:
    """The mapping file that reads the manager's workbook."""
    columns = dict(company.WORKBOOK)
    quality = columns.pop("quality")
    words = ", ".join(f"{word}: {status}" for status, word in company.WORKBOOK_STATUS.items())
    columns["status"] = f"{{column: {columns['status']}, values: {{{words}}}}}"
    return "\n".join(
        (
            "name: victor",
            'files: "victor*.xlsx"',
            "entity: deals",
            "columns:",
            *(f"  {column}: {source}" for column, source in columns.items()),
            f"attributes: {{quality: {quality}}}",
            "",
        )
    )


def write_sheet(path: Path, name: str, header: tuple[str, ...], rows: Rows) -> None:
    """A workbook of one sheet whose bytes do not depend on when it was made."""
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"created": datetime(2026, 1, 1)})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    second = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet(name)
    sheet.write_row(0, 0, header)
    for row_number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(row_number, column, value, second)
            elif isinstance(value, date):
                sheet.write_datetime(row_number, column, datetime.combine(value, time.min), day)
            elif isinstance(value, str):
                sheet.write_string(row_number, column, value)
            else:
                sheet.write(row_number, column, value)
    book.close()
