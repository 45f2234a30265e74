"""A page is drawn from one build, and the next page from what was published since."""

import pytest

from leadhouse.errors import LeadhouseError
from leadhouse.publishing import publish
from panels.reader import Reader
from tests.homes import sealed_candidate

NUMBER = "select any_value(build) from marts.fct_a"


def published(settings, number):
    sealed_candidate(settings, number, rows=10)
    return publish(settings).build_id


def test_a_new_build_is_noticed_while_the_page_before_keeps_its_own(settings):
    first = published(settings, 1)
    reader = Reader(settings)
    shown = reader.current()
    assert (shown.id, shown.value(NUMBER)) == (first, 1)
    second = published(settings, 2)
    assert shown.value(NUMBER) == 1
    assert reader.build(first).value(NUMBER) == 1
    assert (reader.current().id, reader.current().value(NUMBER)) == (second, 2)
    third = published(settings, 3)
    assert reader.current().id == third


def test_nothing_published_says_how_to_publish(settings):
    with pytest.raises(LeadhouseError, match=r"Nothing is published.*make run"):
        Reader(settings).current()


def test_a_build_that_is_gone_is_not_another_one(settings):
    published(settings, 1)
    with pytest.raises(LeadhouseError, match="Build 000000-x is not kept any more"):
        Reader(settings).build("000000-x")


def test_personal_data_is_open_only_where_the_setting_allows_it(settings):
    published(settings, 1)
    assert not Reader(settings).current().has_personal_data
    allowed = Reader(settings.model_copy(update={"pii": 1})).current()
    assert allowed.has_personal_data
    assert allowed.value("select count(*) from leadhouse_pii.pii.rpt_c") == 10


def test_no_file_of_the_machine_can_be_read_through_a_page(settings, tmp_path):
    published(settings, 1)
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with pytest.raises(Exception, match="disabled by configuration"):
        Reader(settings).current().rows(f"from '{tmp_path}/secret.csv'")
