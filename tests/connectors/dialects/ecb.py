from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from typing import ClassVar

from tests.connectors.server import Reply, Request


class Dialect:
    secrets: ClassVar = {}
    environ: ClassVar = {}
    options: ClassVar = {}

    def __init__(self, lines, page=None):
        self.lines, self.page = lines, page

    def reply(self, request: Request) -> Reply:
        if request.path != "/stats/eurofxref/eurofxref-hist.zip":
            return Reply(404)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("eurofxref-hist.csv", "\n".join(self.lines))
        return Reply(content=packed.getvalue())


def company(number: int) -> Dialect:
    """So many days from January 26 on; the krona has no rate, and each line ends with a comma."""
    days = [date(2024, 1, 26) + timedelta(days=each) for each in range(number)]
    lines = [f"{day},1.25,4.{day.day:02},N/A," for day in sorted(days, reverse=True)]
    return Dialect(["Date,USD,PLN,SEK,", *lines])


LANDS = {"fx_rates": 8}
