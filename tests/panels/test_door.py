"""Who gets in."""

import pytest

from leadhouse.settings import load_settings
from panels.app import create_app
from panels.door import HEADER

PATHS = ("/", "/calls", "/_dash-layout", "/assets/panels.css", "/download/deals.csv")


@pytest.fixture
def client(tmp_path):
    def client(**more):
        return create_app(
            load_settings({"LEADHOUSE_HOME": str(tmp_path), **more})
        ).server.test_client()

    return client


@pytest.mark.parametrize("path", PATHS)
def test_with_a_secret_nothing_is_answered_without_it(client, path):
    visitor = client(LEADHOUSE_PANELS_SECRET="open sesame")
    for given in (
        {},
        {"headers": {HEADER: "open"}},
        {"headers": {HEADER: ""}},
        {"auth": ("anna", "open")},
        {"auth": ("open sesame", "")},
    ):
        refused = visitor.get(path, **given)
        assert refused.status_code == 401, given
        assert "Basic" in refused.headers["WWW-Authenticate"]
    for given in ({"headers": {HEADER: "open sesame"}}, {"auth": ("anna", "open sesame")}):
        assert visitor.get(path, **given).status_code != 401, given


def test_without_a_secret_whoever_sits_at_this_machine_gets_in(client):
    assert client().get("/").status_code == 200
