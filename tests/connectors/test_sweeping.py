"""What is deleted at a vendor without a word lands as deleted; a fault deletes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from leadhouse.errors import LeadhouseError
from tests.connectors.company import Killed
from tests.connectors.server import Reply

FIRST, LATER, WEEK, NEXT_WEEK = (date(2024, 2, day) for day in (4, 10, 11, 18))

SWEPT = [("bitrix24", "contacts"), ("bitrix24", "deals"), ("salesmanago", "contacts")]
each_swept = pytest.mark.parametrize(("owner", "stream"), SWEPT)


def records_of(company, stream) -> list:
    dialect = company.server.dialect
    return (
        dialect.contacts
        if company.vendor == "salesmanago"
        else dialect.tables[f"crm.{stream.removesuffix('s')}.list"][0]
    )


def key_of(company, record) -> str:
    return str(record["id" if company.vendor == "salesmanago" else "ID"])


def landed(company, stream) -> dict[str, bool]:
    """Whether each record is deleted, as its latest delivery says."""
    assert [result.error for result in company.land() if result.error] == []
    assert company.quarantine() == []
    entity, deleted = (
        ("deals", "status = 'deleted'")
        if stream == "deals"
        else ("contacts", "coalesce(is_deleted, 'false') = 'true'")
    )
    key = entity.removesuffix("s") + "_id"
    return dict(
        company.query(
            f"select {key}, {deleted} from raw.{entity} where not _fills qualify row_number() over "
            f"(partition by {key} order by _delivery_date desc, _source_file desc) = 1"
        )
    )


def gone_lines(company, day) -> list[str]:
    return [
        line for name, lines in company.lines(day).items() if "_gone-" in name for line in lines
    ]


def asked_by_id(company) -> int:
    return sum("listById" in each.path or '"@ID"' in each.body for each in company.server.log)


@each_swept
def test_what_is_gone_after_a_week_lands_as_deleted_and_is_told_once(pulling, owner, stream):
    with pulling(owner) as company:
        company.pull([stream], today=FIRST)
        lost = records_of(company, stream).pop(3)
        company.server.log.clear()
        company.pull([stream], today=LATER)
        assert (asked_by_id(company), gone_lines(company, LATER)) == (0, [])
        company.pull([stream], today=WEEK)
        key = key_of(company, lost)
        assert landed(company, stream) == {
            **{key_of(company, each): False for each in records_of(company, stream)},
            key: True,
        }
        (line,) = gone_lines(company, WEEK)
        company.pull([stream], today=WEEK)
        assert gone_lines(company, WEEK) == [line]
        company.pull([stream], today=NEXT_WEEK)
        assert gone_lines(company, NEXT_WEEK) == []
    entity = "deals" if stream == "deals" else "contacts"
    id_column = entity.removesuffix("s") + "_id"
    # But for the mark it is the row that it was.
    other = "owner_user_id, created_at, updated_at, _source_system"
    states = company.query(
        f"select {other} from raw.{entity} where {id_column} = '{key}' and not _fills"
    )
    assert (len(states), len(set(states))) == (2, 1)


@each_swept
def test_what_comes_back_is_there_again_and_can_go_again(pulling, owner, stream):
    with pulling(owner) as company:
        company.pull([stream], today=FIRST)
        lost = records_of(company, stream).pop(3)
        company.pull([stream], today=WEEK)
        at = datetime(2024, 2, 12, tzinfo=UTC)
        changed = (
            {"modifiedOn": int(at.timestamp() * 1000)}
            if owner == "salesmanago"
            else {"DATE_MODIFY": at.isoformat()}
        )
        records_of(company, stream).append(lost | changed)
        company.pull([stream], today=date(2024, 2, 12))
        assert landed(company, stream)[key_of(company, lost)] is False
        records_of(company, stream).pop()
        company.pull([stream], today=NEXT_WEEK)
        assert landed(company, stream)[key_of(company, lost)] is True


@each_swept
def test_a_sweep_that_is_killed_anywhere_goes_on_and_gives_the_same(
    pulling, owner, stream, monkeypatch
):
    monkeypatch.setattr("ingestion.connectors.sweeping._BATCH", 2)

    def company_of_a_week(company):
        company.pull([stream], today=FIRST)
        del records_of(company, stream)[3:6]
        company.server.log.clear()

    with pulling(owner) as company:
        company_of_a_week(company)
        company.pull([stream], today=WEEK)
        whole, asked = gone_lines(company, WEEK), asked_by_id(company)
    assert (len(whole), asked > 6) == (3, True)
    for at in range(0, 2 * asked, 3):
        with pulling(owner) as company:
            company_of_a_week(company)
            company.dies_at = at
            with pytest.raises(Killed):
                company.pull([stream], today=WEEK)
            assert gone_lines(company, WEEK) in ([], whole)
            company.dies_at = None
            company.pull([stream], today=WEEK)
            assert gone_lines(company, WEEK) == whole
            # Nor is it lost when nobody calls again on that day.
            company.pull([stream], today=NEXT_WEEK)
            assert gone_lines(company, NEXT_WEEK) == []


def test_a_sweep_that_was_given_up_is_made_up_for_later(pulling, monkeypatch):
    monkeypatch.setattr("ingestion.connectors.sweeping._BATCH", 2)
    with pulling("bitrix24") as company:
        company.pull(["deals"], today=FIRST)
        del records_of(company, "deals")[3:6]
        company.dies_at = 14
        with pytest.raises(Killed):
            company.pull(["deals"], today=WEEK)
        assert asked_by_id(company) > 3
        company.dies_at = None
        company.pull(["deals"], today=date(2024, 2, 12))
        assert len(gone_lines(company, date(2024, 2, 12))) == 3


def nothing(_request) -> Reply:
    return Reply(content={"result": [], "success": True, "contacts": []})


def refused(request) -> Reply:
    said = {"error": "ACCESS_DENIED", "success": False, "message": ["No such right"]}
    return Reply(403 if request.path.endswith(".json") else 200, said)


def others(_request) -> Reply:
    return Reply(content={"result": [{"ID": "9999"}], "contacts": [{"id": "x"}], "success": True})


@each_swept
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (nothing, "none of the 12 records that came last is given, so that nothing is taken"),
        (refused, r"ACCESS_DENIED|No such right"),
        (others, "was asked for 12 ids and gave 1 others, so that nothing is taken for deleted"),
    ],
)
def test_a_fault_deletes_nothing_and_says_so(pulling, owner, stream, fault, told):
    with pulling(owner) as company:
        company.pull([stream], today=FIRST)
        lost = key_of(company, records_of(company, stream).pop(3))
        usual = company.server.reply

        def by_id_alone(request):
            by_id = "listById" in request.path or '"@ID"' in request.body
            return fault(request) if by_id else usual(request)

        company.server.reply = by_id_alone
        with pytest.raises(LeadhouseError, match=rf"stream {stream}_gone, .*({told})"):
            company.pull([stream], today=WEEK)
        assert gone_lines(company, WEEK) == []
        # It is not forgotten: the next pull asks again.
        company.server.reply = usual
        company.pull([stream], today=date(2024, 2, 12))
        assert [key for key, deleted in landed(company, stream).items() if deleted] == [lost]


@each_swept
@pytest.mark.parametrize("answers", [1, 2, 5])
def test_answers_that_are_empty_for_a_while_delete_nothing(
    pulling, owner, stream, answers, monkeypatch
):
    """As if the vendor knew nothing from one answer on, and some time later knew all again."""
    monkeypatch.setattr("ingestion.connectors.sweeping._BATCH", 2)
    with pulling(owner, number=40) as company:
        company.pull([stream], today=FIRST)
        lost = key_of(company, records_of(company, stream).pop(30))
        usual, seen = company.server.reply, []

        def empty_for_a_while(request):
            if "listById" in request.path or '"@ID"' in request.body:
                seen.append(request)
                if 4 <= len(seen) < 4 + answers:
                    return nothing(request)
            return usual(request)

        company.server.reply = empty_for_a_while
        if answers > 1:
            with pytest.raises(LeadhouseError, match="a record that was given before is not given"):
                company.pull([stream], today=WEEK)
            seen.extend([None] * 9)
        company.pull([stream], today=WEEK)
        assert [key for key, deleted in landed(company, stream).items() if deleted] == [lost]


def test_a_fault_of_a_sweep_keeps_nothing_else_from_being_pulled(pulling):
    with pulling("bitrix24") as company:
        company.pull(today=FIRST)
        usual = company.server.reply
        company.server.reply = lambda request: (
            nothing(request) if '"@ID"' in request.body else usual(request)
        )
        with pytest.raises(LeadhouseError, match="stream contacts_gone"):
            company.pull(today=WEEK)
        streams = {name.partition("-")[0] for name in company.lines(WEEK)}
    assert streams == {"bitrix24_calls"}


def test_answers_that_break_off_after_some_ids_are_asked_for_the_rest(pulling):
    with pulling("bitrix24") as company:
        company.pull(["contacts"], today=FIRST)
        records_of(company, "contacts").pop(3)
        company.server.dialect.page = 4
        company.pull(["contacts"], today=WEEK)
        assert len(gone_lines(company, WEEK)) == 1


@pytest.mark.parametrize(
    ("lost", "percent", "told"),
    [(6, None, 6), (7, None, None), (12, None, None), (7, 50, None), (12, 100, 12), (1, 1, None)],
)
def test_so_much_may_be_gone_and_no_more(pulling, lost, percent, told):
    with pulling("bitrix24") as company:
        company.account = replace(company.account, sweep_percent=percent)
        company.pull(["deals"], today=FIRST)
        del records_of(company, "deals")[:lost]
        if told is None:
            with pytest.raises(LeadhouseError, match="Check what the token may see"):
                company.pull(["deals"], today=WEEK)
        else:
            company.pull(["deals"], today=WEEK)
        assert len(gone_lines(company, WEEK)) == (told or 0)


@pytest.mark.parametrize(("days", "found"), [(0, 0), (1, 1), (6, 1), (7, 0)])
def test_how_often_it_is_asked_is_the_accounts_to_say(pulling, days, found):
    with pulling("bitrix24") as company:
        company.account = replace(company.account, sweep_days=days)
        company.pull(["deals"], today=FIRST)
        records_of(company, "deals").pop(3)
        company.pull(["deals"], today=LATER)
        assert len(gone_lines(company, LATER)) == found


def test_days_that_are_pulled_again_are_no_reason_to_ask(pulling):
    with pulling("bitrix24") as company:
        company.pull(["deals"], today=FIRST)
        company.server.log.clear()
        company.pull(["deals"], (date(2024, 2, 1), None), today=WEEK)
        assert asked_by_id(company) == 0
