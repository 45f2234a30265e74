"""connectors.toml: what may stand in it, and what is said of mistakes."""

from __future__ import annotations

import pytest

from ingestion.connectors.configuration import accounts_in, add_account
from leadhouse.errors import LeadhouseError

GOOD = """[calltouch.shop]
since = 2024-02-01
timezone = "Europe/Warsaw"
currency = "PLN"
secrets = {token = "CALLS_TOKEN"}
options = {site_id = "134"}
"""


def test_an_account_is_read_with_the_vendors_own_address_and_streams():
    (account,) = accounts_in(GOOD, "connectors.toml")
    assert account.address == "https://api.calltouch.ru"
    assert account.streams == ("calls", "requests")
    assert account.beside == {
        **{"name": "shop", "currency": "PLN", "timezone": "Europe/Warsaw", "site_id": "134"}
    }


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "calltouch",
            "caltouch",
            "line 1, [caltouch]: caltouch is no vendor. Did you mean calltouch",
        ),
        (
            "since = 2024-02-01\n",
            "",
            "[calltouch.shop]: key since: is missing. Write the first",
        ),
        ("currency", "curency", "key curency: is unknown. Did you mean currency?"),
        ("Europe/Warsaw", "Warsaw", "key timezone: 'Warsaw' is not a time zone."),
        (
            "[calltouch.shop]",
            "[calltouch.shop]\nstreams = ['cals']",
            "no stream 'cals'. Did you mean calls?",
        ),
        ("site_id", "sit_id", "key options.sit_id: is unknown. Did you mean site_id?"),
        ("site_id", "sit_id", "key options.site_id: is missing. It is the number of the site"),
        (
            "CALLS_TOKEN",
            "s3cr3t-token",
            "key secrets.token: is no name of an environment",
        ),
        (
            "[calltouch.shop]",
            '[calltouch.shop]\naddress = "api"',
            "'api' does not begin with",
        ),
        (
            "[calltouch.shop]",
            "[calltouch.shop]\nsweep_days = -1",
            "Write after how many days it is asked what is gone",
        ),
        (
            "[calltouch.shop]",
            "[calltouch.shop]\nsweep_percent = 0",
            "Write how much of a stream may be gone, in percent",
        ),
        ("}\noptions", "\noptions", "connectors.toml cannot be read: "),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_to_write(old, new, said):
    with pytest.raises(LeadhouseError) as failed:
        accounts_in(GOOD.replace(old, new), "connectors.toml")
    assert said in str(failed.value)
    assert "s3cr3t" not in str(failed.value)


def test_an_account_is_added_once_and_only_when_it_is_right(tmp_path):
    file = tmp_path / "connectors.toml"
    file.write_text(GOOD)
    (shop,) = accounts_in(GOOD, "connectors.toml")
    entry = {
        **{"vendor": "hubspot", "name": "main", "since": shop.since, "timezone": "UTC"},
        **{"currency": "EUR", "address": "", "secrets": {"token": "HUB"}, "options": {}},
    }
    assert add_account(file, entry).shown_as == "hubspot.main"
    text = file.read_text()
    assert [each.shown_as for each in accounts_in(text, "x")] == ["calltouch.shop", "hubspot.main"]
    for wrong in (entry, entry | {"name": "other", "currency": "euro"}):
        with pytest.raises(LeadhouseError):
            add_account(file, wrong)
    assert file.read_text() == text
