"""Why, in words: who it is, how it was concluded, every piece of evidence."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from published_company import environment, in_zone, publish, settings_of

from leadhouse.errors import LeadhouseError
from leadhouse.exports.why import explain
from leadhouse.paths import PROJECT_ROOT

START = datetime(2024, 1, 10, 22, 30, tzinfo=UTC)


def contact(contact_id, person_id, **more):
    return {"contact_id": contact_id, "person_id": person_id, "created_at": START,
            "is_deleted": False} | more  # fmt: skip


def candidate(person_id, number, evidence, evidence_id, source, reason, **more):
    return {
        "person_id": person_id, "candidate_no": number, "evidence": evidence,
        "occurred_at": START + timedelta(hours=number), "evidence_id": evidence_id,
        "source": source, "is_direct": source == "direct", "is_chosen": reason.startswith("chosen"),
        "reason": reason,
    } | more  # fmt: skip


def call(call_id, method, **more):
    return {"call_id": call_id, "started_at": START, "direction": "in", "status": "answered",
            "call_count": 1, "match_method": method, "match_candidates": 1} | more  # fmt: skip


def deal(deal_id, contact_id, **more):
    return {"deal_id": deal_id, "contact_id": contact_id, "created_at": START,
            "status": "open"} | more  # fmt: skip


EARLIEST = "chosen: the earliest evidence that names a source"
LATER = "passed over: later than the chosen evidence"


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    carried = {
        "source": "google",
        "medium": "cpc",
        "campaign": "brand",
        "channel": "Google context",
    }
    return publish(
        tmp_path_factory.mktemp("company"),
        {
            "marts.dim_contacts": [
                contact("k1", "k1", **carried),
                contact("k2", "k1", **carried, is_deleted=True),
                contact("k3", "k3", source="(none)"),
                contact("k4", "k4", source="(unknown)"),
                contact("k5", "k5", source="forum\x1b[2J\nhidden"),
            ],
            "marts.fct_source_candidates": [
                candidate("k1", 1, "session", "s1", "direct", "passed over: a direct visit never "
                          "replaces a known source", medium="none"),
                candidate("k1", 2, "session", "s2", "google", EARLIEST, medium="cpc",
                          campaign="brand", keyword="crm"),
                candidate("k1", 3, "call_dynamic", "c1", "google", LATER),
                candidate("k1", 4, "crm_card", "old", "facebook", LATER),
                candidate("k1", 5, "crm_deal", "d1", "leaflet", LATER, campaign="x" * 60),
                candidate("k4", 1, "enquiry", "q1", None, "passed over: its source cannot be told"),
                candidate("k5", 1, "tag", "k5:forum", "forum\x1b[2J\nhidden", EARLIEST),
                candidate("k5", 2, "crm_deal", "d8", "leaflet", LATER),
                candidate("k5", 3, "crm_deal", "d5", "leaflet", LATER),
            ],
            "marts.fct_contact_events": [
                {"contact_id": "k1", "person_id": "k1", "event_type": "tag",
                 "event_id": "merged:add demo", "detail": "add demo"},
                {"contact_id": "late", "event_type": "tag", "event_id": "late:add demo",
                 "detail": "add demo"},
            ],
            "marts.fct_deals": [
                deal("d1", "k2", person_id="k1", status="won", amount=Decimal("12345.60"),
                     currency="PLN", **carried, deal_source="leaflet", deal_medium="offline"),
                deal("d2", "(no contact)", source="(no contact)"),
                deal("d3", "late", source="(unknown)"),
                deal("d4", "late", source="(unknown)"),
                deal("d5", "k5", person_id="k5", deal_source="leaflet"),
            ],
            "marts.fct_calls": [
                call("c1", "dynamic", session_id="s2", source="google", medium="cpc",
                     contact_id="k1", person_id="k1"),
                call("c2", "dynamic_ambiguous", match_candidates=3, source="google", medium="cpc"),
                call("c3", "dynamic_ambiguous", match_candidates=2, source="(unknown)"),
                call("c4", "static", source="billboard", medium="offline", call_count=7),
                call("c5", "caller_history", session_id="s2", source="google", contact_id="k1",
                     person_id="k1"),
                call("c6", "none", match_candidates=0, source="(unknown)", contact_id="late"),
                call("c7", "outbound", direction="out", match_candidates=None),
                call("c8", "vendor_session", session_id="s9", source="bing"),
                call("c9", "vendor_source", source="yandex"),
            ],
            "pii.rpt_deal_journal": [
                {"deal_id": "d1", "email": "jan@example.test", "last_name": "Kowalski",
                 "created_date": date(2024, 1, 10)}
            ],
        },
    )  # fmt: skip


def test_a_contact_is_its_person_the_conclusion_and_every_candidate(company):
    lines = explain(company, "contact", "k1").splitlines()
    assert lines[0] == "Contact k1, created 2024-01-10 23:30:00."
    assert "Person k1 has 2 contacts, by shared e-mails or phones: k1, k2." in lines
    assert "First source: google / cpc / brand, channel Google context" in lines
    assert (
        "Why: evidence 2, website visit s2 of 2024-01-11 01:30:00 (the earliest evidence that "
        "names a source)." in lines
    )
    table = lines[-6:]
    assert table[0].split()[:4] == ["No", "When", "Evidence", "Id"]
    assert [line.split()[0] for line in table[1:]] == ["1", "*", "3", "4", "5"]
    assert table[2].split() == [
        "*", "2", "2024-01-11", "01:30:00", "website", "visit", "s2", "google", "cpc", "brand",
        "crm", *EARLIEST.split(),
    ]  # fmt: skip
    assert "website visit, direct" in table[1]
    assert "x" * 39 + "…" in table[5]


def test_times_are_local(company):
    assert "created 2024-01-10 17:30:00." in explain(
        in_zone(company, "America/New_York"), "contact", "k1"
    )


def test_a_deleted_contact_is_said_to_be(company):
    assert explain(company, "contact", "k2").startswith(
        "Contact k2, created 2024-01-10 23:30:00, deleted in the CRM."
    )


def test_a_deal_says_what_its_card_says_and_which_evidence_it_is(company):
    said = explain(company, "deal", "d1")
    assert "Deal d1, created 2024-01-10 23:30:00, won, 12,345.60 PLN." in said
    assert "Its card in the CRM says: leaflet / offline." in said
    assert "Its contact is k2." in said
    assert "This deal itself is evidence 5." in said
    assert "First source: google / cpc / brand" in said


def test_only_the_deal_that_was_asked_for_is_pointed_out(company):
    said = explain(company, "deal", "d5")
    assert "This deal itself is evidence 3." in said
    assert said.count("This deal itself") == 1


def test_a_merged_contact_is_explained_by_what_it_counts_as(company):
    by_event = explain(company, "contact", "merged")
    assert by_event.startswith("Contact merged was merged and counts as contact k1.\nContact k1,")
    by_card = explain(company, "contact", "old")
    assert by_card.startswith("Contact old was merged into another contact of person k1.")
    assert "First source: google" in by_card


@pytest.mark.parametrize(
    ("kind", "subject", "expected"),
    [
        ("contact", "k3", "First source: (none)\nWhy: there is no evidence at all"),
        ("contact", "k4", "First source: (unknown)\nWhy: there is evidence, but none of it names"),
        ("contact", "late", "It is named by 2 deals, 1 call, 1 tag or stage event."),
        ("deal", "d2", "It names no contact, so that no first source can be told: (no contact)."),
        ("deal", "d3", "No delivery brought that contact's card"),
        ("call", "c1", "shown to one website visit only, s2: source google, medium cpc (match: "),
        ("call", "c1", "This call itself is evidence 3."),
        ("call", "c2", "shown to 3 website visits at once. They agree on source, medium, and only"),
        ("call", "c3", "which do not agree on a source, so that none is credited"),
        ("call", "c4", "stands for one source: source billboard, medium offline (match: static)"),
        ("call", "c4", "(a row that stands for 7 calls)"),
        ("call", "c4", "no contact has this phone number"),
        ("call", "c5", "latest website visit before the call counts, s2: source google"),
        ("call", "c6", "Nothing tells where it came from"),
        ("call", "c6", "contact late has no record yet"),
        ("call", "c7", "An outbound call has no source of its own."),
        ("call", "c8", "The telephony vendor names the website visit s9 it came from: source bing"),
        ("call", "c9", "The telephony vendor names its source: source yandex"),
    ],
)
def test_every_way_to_know_or_not_to_know_has_its_words(company, kind, subject, expected):
    assert expected in explain(company, kind, subject)


@pytest.mark.parametrize(
    ("kind", "subject", "message"),
    [
        ("contact", "nobody", "The published build knows no contact 'nobody'."),
        ("contact", "d1", "The published build knows no contact 'd1'. There is a deal of this id."),
        ("deal", "c2", "There is a call of this id."),
        ("call", "k1", "There is a contact of this id."),
        ("contact", "(no contact)", "knows no contact '(no contact)'."),
        ("deal", "d1' or '1'='1", "knows no deal"),
        ("contact", "%", "knows no contact '%'."),
    ],
)
def test_an_unknown_id_is_said_to_be(company, kind, subject, message):
    with pytest.raises(LeadhouseError) as failure:
        explain(company, kind, subject)
    assert message in str(failure.value)


def test_a_terminal_obeys_nothing_of_what_was_delivered(company):
    said = explain(company, "contact", "k5")
    assert "forum?[2J?hidden" in said
    assert "\x1b" not in said


def test_nothing_published_is_said(tmp_path):
    with pytest.raises(LeadhouseError, match="Nothing is published"):
        explain(settings_of(tmp_path), "contact", "k1")


@pytest.mark.parametrize(("subject", "status"), [("d1", 0), ("d2", 0), ("d9", 1)])
def test_the_command_fails_for_unknown_ids_only_and_tells_nothing_personal(
    company, subject, status
):
    done = subprocess.run(
        [sys.executable, "-c", "from leadhouse.cli.export import why; why()", "deal", subject],
        env=environment(company), cwd=PROJECT_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == status
    assert (done.stdout == "") == (status == 1)
    assert "Traceback" not in done.stderr
    assert not {"jan@example.test", "Kowalski"} & set(done.stdout.split())
