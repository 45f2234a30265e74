from __future__ import annotations

import hmac
from base64 import b64encode
from datetime import datetime, timedelta
from hashlib import md5
from typing import ClassVar
from urllib.parse import urlencode

from tests.connectors.server import Reply, Request

START = datetime(2024, 2, 1, 10)


class Dialect:
    secrets: ClassVar = {"key": "PBX_KEY", "secret": "PBX_SECRET"}
    environ: ClassVar = {"PBX_KEY": "key-1", "PBX_SECRET": "hidden-secret"}
    options: ClassVar = {}

    def __init__(self, calls, page=1000, numbers=("100", "101")):
        self.calls, self.page, self.numbers = calls, page, numbers

    def reply(self, request: Request) -> Reply:
        query = urlencode(sorted(request.params.items()))
        text = request.path + query + md5(query.encode()).hexdigest()
        signature = hmac.new(b"hidden-secret", text.encode(), "sha1").hexdigest()
        signed = f"key-1:{b64encode(signature.encode()).decode()}"
        if request.headers.get("Authorization") != signed:
            return Reply(401, {"status": "error", "message": "Not authorized"})
        if request.path == "/v1/pbx/internal/":
            return Reply(content={"status": "success", "pbx_id": 1234, "numbers": self.numbers})
        assert request.path == "/v1/statistics/pbx/"
        params = request.params
        first, size = int(params["skip"]), min(self.page, int(params["limit"]))
        found = [
            each for each in self.calls if params["start"] <= each["callstart"] <= params["end"]
        ]
        answer = {name: params[name] for name in ("start", "end")}
        answer |= {"status": "success", "version": 2, "stats": found[first : first + size]}
        return Reply(content=answer)


def company(number: int) -> Dialect:
    ends = ["answered", "busy", "no answer", "cancel", "unallocated number"]

    def call(each):
        made = each % 2
        return {
            **{"call_id": f"1769930130.{each}", "pbx_call_id": f"{'out' if made else 'in'}_{each}"},
            **{"sip": "100" if made else "48600000001", "clid": "48600000001"},
            **{"destination": "48600000002" if made else 101, "seconds": each},
            **{"callstart": str(START + timedelta(hours=each)), "disposition": ends[each % 5]},
            "is_recorded": "true",
        }

    return Dialect([call(each) for each in range(number)])


LANDS = {"users": 2, "calls": 12}
