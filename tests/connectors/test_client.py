"""Waits, attempts and errors, over real HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from ingestion.connectors.client import ATTEMPTS, Client, ConnectorError, Waiting
from tests.connectors.server import Reply, Server


class Plain:
    def reply(self, request):
        return Reply(content={"records": [1, 2, 3]}, headers={"X-Request-Id": "req-7"})


@pytest.fixture
def server():
    with Server(Plain()) as server:
        yield server


def client_of(server, pause=0.0, judge=None):
    waits: list[float] = []
    client = Client(server.address, pause, judge, ["hidden"], Waiting(lambda: 0.0, waits.append))
    client.about = "crm.main, stream leads, 2024-02-01 to 2024-02-03"
    return client, waits


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        (Reply(429, headers={"Retry-After": "7"}), 7, 7),
        (Reply(429), 0.5, 1),
        (Reply(429, headers={"Retry-After": "soon"}), 0.5, 1),
        (Reply(503, {"error": "QUERY_LIMIT_EXCEEDED"}), 0.5, 1),
        (Reply(content={"records": [1, 2, 3]}, cut=9), 0.5, 1),
        (Reply(drop=True), 0.5, 1),
    ],
)
def test_a_fault_is_waited_for_and_tried_again(server, fault, least, most):
    client, waits = client_of(server)
    server.script = [fault]
    assert client.get("/x") == {"records": [1, 2, 3]}
    (wait,) = waits
    assert least <= wait <= most
    assert client.taken_counts() == (2, 1)


def test_a_moment_to_try_again_is_waited_for(server):
    client, waits = client_of(server)
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=800))
    server.script = [Reply(429, headers={"Retry-After": moment})]
    assert client.get("/x") == {"records": [1, 2, 3]}
    (wait,) = waits
    assert 200 <= wait <= 800


def test_a_page_that_takes_too_long_is_asked_for_again(server, monkeypatch):
    monkeypatch.setattr("ingestion.connectors.client._TIMEOUT", httpx.Timeout(0.2))
    client, waits = client_of(server)
    server.script = [Reply(content={"records": ["late"]}, slow=1)]
    assert client.get("/x") == {"records": [1, 2, 3]}
    assert client.taken_counts() == (2, 1)
    assert len(waits) == 1


def test_waits_grow_are_not_alike_and_end_with_a_full_sentence(server):
    client, waits = client_of(server)
    fault = Reply(503, {"said": "hidden is overloaded"}, headers={"X-Request-Id": "req-9"})
    server.script = [fault] * ATTEMPTS
    with pytest.raises(ConnectorError) as failed:
        client.get("/leads", token="hidden")
    assert len(server.log) == ATTEMPTS
    bounds = [(2**at / 2, 2**at) for at in range(ATTEMPTS - 1)]
    assert all(low <= wait <= high for wait, (low, high) in zip(waits, bounds, strict=True))
    assert len({wait / high for wait, (_, high) in zip(waits, bounds, strict=True)}) > 1
    assert str(failed.value) == (
        "crm.main, stream leads, 2024-02-01 to 2024-02-03: GET /leads: status 503, request id "
        'req-9: {"said": "*** is overloaded"}, 8 times in a row. Run again later: what was pulled '
        "is kept, and the pull goes on from there."
    )


@pytest.mark.parametrize(
    ("status", "advice"),
    [(403, "The token lacks a right"), (404, "Check the address"), (401, "Check the token")],
)
def test_a_refusal_is_not_tried_again_and_says_what_to_do(server, status, advice):
    client, waits = client_of(server)
    server.script = [Reply(status, {"detail": "no"})]
    with pytest.raises(ConnectorError, match=advice):
        client.get("/x")
    assert waits == []


def test_an_empty_answer_is_nothing(server):
    client, _ = client_of(server)
    server.script = [Reply(204)]
    assert client.get("/x") is None


def test_requests_keep_the_vendors_pace(server):
    client, waits = client_of(server, pause=0.5)
    client.get("/x")
    client.get("/x")
    assert waits == [0.5]
