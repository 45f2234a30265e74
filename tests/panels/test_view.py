"""An address asks, and a link gives the address."""

from datetime import date

from dash import no_update

from panels.app import changed_search
from panels.view import View


def test_a_link_reproduces_the_view():
    view = View.of("/deal-journal", "?from=2026-01-01&stage=spotkanie+u+klienta&least=5")
    assert view.day("from") == date(2026, 1, 1)
    path, _, search = view.link().partition("?")
    assert View.of(path, f"?{search}") == view


def test_a_link_changes_and_takes_away():
    view = View.of("/x", "?a=1&b=2")
    assert view.link(a=None, b=3, c="ö&=") == "/x?b=3&c=%C3%B6%26%3D"
    assert view.link(a=None, b=None) == "/x"


def test_another_page_keeps_the_language_and_what_is_named():
    view = View.of("/x", "?lang=pl&from=2026-01-01&show=a")
    assert view.page("/y", "from") == "/y?lang=pl&from=2026-01-01"


def test_what_cannot_be_read_asks_for_nothing():
    view = View.of("/x", "?from=yesterday&least=much")
    assert view.day("from") is None
    assert view.number("least") is None


def test_a_filter_that_shows_what_is_asked_already_changes_nothing():
    view = View.of("/x", "?page=3&from=2026-01-01")
    assert changed_search(view, [("from", "2026-01-01", "2026-01-01")]) is no_update
    assert changed_search(view, [("seller", "", None)]) is no_update
    assert changed_search(view, [("from", "2026-01-01", "2026-02-01")]) == "?from=2026-02-01"
    assert changed_search(view, [("from", "2026-01-01", None)]) == ""
