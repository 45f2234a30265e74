"""Where a contact, a deal or a call came from, in words, from the published evidence.

Every answer is read from tables without personal data, so that anybody who may ask may also pass
the answer on. What is answered stands in docs/rules.md (D-09, D-21).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import duckdb

from leadhouse.database import open_published
from leadhouse.errors import LeadhouseError
from leadhouse.settings import Settings

Row = dict[str, Any]

_EVIDENCE = {
    "session": "website visit",
    "call_dynamic": "call, by the number shown on the website",
    "call_vendor": "call, as the telephony vendor says",
    "call_static": "call to a source's own number",
    "enquiry": "enquiry",
    "tag": "tag on the contact",
    "crm_card": "contact card in the CRM",
    "crm_deal": "deal card in the CRM",
}
_LEVELS = ("source", "medium", "campaign", "keyword")
_MOST_CONTACTS = 10
_LONGEST_CELL = 40
_MATCHES = {
    "vendor_session": "The telephony vendor names the website visit {session} it came from",
    "vendor_source": "The telephony vendor names its source",
    "dynamic": "The number that was dialled was then shown to one website visit only, {session}",
    "static": "The number that was dialled stands for one source",
    "caller_history": "The number that was dialled tells nothing, so the caller's latest website "
    "visit before the call counts, {session}",
}


def explain(settings: Settings, kind: str, subject_id: str) -> str:
    """The evidence about a contact, deal or call (``kind``), as lines of text in local time.

    Raises :class:`LeadhouseError` when the published build knows no such id.
    """
    with open_published(settings) as con:
        return "\n".join(_Answer(con, settings.timezone).lines(kind, subject_id))


class _Answer:
    """What the published build says about one subject."""

    def __init__(self, con: duckdb.DuckDBPyConnection, timezone: str) -> None:
        self._con = con
        self._timezone = timezone

    def lines(self, kind: str, subject_id: str) -> list[str]:
        """The whole answer; every value is free of control characters."""
        subjects: dict[str, Callable[[str], list[str] | None]] = {
            "contact": self._contact,
            "deal": self._deal,
            "call": self._call,
        }
        found = subjects[kind](subject_id)
        if found is not None:
            return [_printable(line) for line in found]
        others = [other for other in subjects if other != kind and subjects[other](subject_id)]
        hint = "".join(f" There is a {other} of this id." for other in others)
        raise LeadhouseError(f"The published build knows no {kind} {subject_id!r}.{hint}")

    def _contact(self, contact_id: str) -> list[str] | None:
        contact = self._one("select * from marts.dim_contacts where contact_id = ?", contact_id)
        if contact:
            deleted = ", deleted in the CRM" if contact["is_deleted"] else ""
            return [
                f"Contact {contact_id}, created {self._time(contact['created_at'])}{deleted}.",
                *self._person(contact["person_id"]),
            ]
        survivor = self._survivor(contact_id)
        if survivor:
            known = self._contact(survivor) or []
            return [f"Contact {contact_id} was merged and counts as contact {survivor}.", *known]
        person_id = self._person_of_card(contact_id)
        if person_id:
            return [
                f"Contact {contact_id} was merged into another contact of person {person_id}.",
                *self._person(person_id),
            ]
        return self._contact_without_record(contact_id)

    def _survivor(self, contact_id: str) -> str | None:
        """A merged contact's tags and stages keep its own id beside the one it counts as."""
        event = self._one(
            "select contact_id from marts.fct_contact_events "
            "where event_id = ? || ':' || detail and contact_id <> ? limit 1",
            contact_id,
            contact_id,
        )
        return str(event["contact_id"]) if event else None

    def _person_of_card(self, contact_id: str) -> str | None:
        card = self._one(
            "select person_id from marts.fct_source_candidates "
            "where evidence = 'crm_card' and evidence_id = ? limit 1",
            contact_id,
        )
        return str(card["person_id"]) if card else None

    def _contact_without_record(self, contact_id: str) -> list[str] | None:
        if contact_id == "(no contact)":
            return None
        named = []
        for table, what in (("fct_deals", "deal"), ("fct_calls", "call")):
            count = self._rows(
                f"select count(*) as n from marts.{table} where contact_id = ?", contact_id
            )[0]["n"]
            if count:
                named.append(f"{count} {what}{'s' if count > 1 else ''}")
        events = self._rows(
            "select count(*) as n from marts.fct_contact_events where contact_id = ?", contact_id
        )[0]["n"]
        if events:
            named.append(f"{events} tag or stage event{'s' if events > 1 else ''}")
        if not named:
            return None
        return [
            f"Contact {contact_id} has no record yet: no delivery brought its card.",
            f"It is named by {', '.join(named)}. They count, but belong to no person, so that "
            "there is nothing to conclude until the card comes.",
        ]

    def _deal(self, deal_id: str) -> list[str] | None:
        deal = self._one("select * from marts.fct_deals where deal_id = ?", deal_id)
        if not deal:
            return None
        amount = f", {deal['amount']:,} {deal['currency']}" if deal["amount"] is not None else ""
        said = [
            f"Deal {deal_id}, created {self._time(deal['created_at'])}, {deal['status']}{amount}.",
            f"Its card in the CRM says: {_source(deal, 'deal_')}."
            if deal["deal_source"]
            else "Its card in the CRM names no source.",
        ]
        if deal["contact_id"] == "(no contact)":
            return [
                *said,
                f"It names no contact, so that no first source can be told: {_source(deal)}.",
            ]
        said.append(f"Its contact is {deal['contact_id']}.")
        if deal["person_id"] is None:
            return [
                *said,
                "No delivery brought that contact's card, so that nobody is known and there is no "
                f"first source: {_source(deal)}.",
            ]
        return [*said, *self._person(deal["person_id"], ("deal", deal_id))]

    def _call(self, call_id: str) -> list[str] | None:
        call = self._one("select * from marts.fct_calls where call_id = ?", call_id)
        if not call:
            return None
        way = "Inbound" if call["direction"] == "in" else "Outbound"
        several = (call["call_count"] or 1) > 1
        said = [
            f"{way} call {call_id} of {self._time(call['started_at'])}, {call['status']}"
            + (f" (a row that stands for {call['call_count']} calls)." if several else "."),
            *_match(call),
        ]
        if call["person_id"] is None:
            reason = (
                f"contact {call['contact_id']} has no record yet"
                if call["contact_id"]
                else "no contact has this phone number"
            )
            return [
                *said,
                f"The caller is unknown: {reason}. So it has no source.",
            ]
        if call["contact_id"]:
            said.append(f"The contact is {call['contact_id']}.")
        said.append("A call keeps its own match; the person's first source may be another one.")
        return [*said, *self._person(call["person_id"], ("call", call_id))]

    def _person(self, person_id: str, subject: tuple[str, str] | None = None) -> list[str]:
        """The person, its first source and the table of its candidates.

        ``subject`` is the deal or call that was asked for, so that its own line can be named.
        """
        contacts = self._rows(
            "select contact_id, source, medium, campaign, channel from marts.dim_contacts "
            "where person_id = ? order by created_at, contact_id",
            person_id,
        )
        candidates = self._rows(
            "select * from marts.fct_source_candidates where person_id = ? order by candidate_no",
            person_id,
        )
        said = []
        if len(contacts) > 1:
            names = [row["contact_id"] for row in contacts[:_MOST_CONTACTS]]
            more = len(contacts) - len(names)
            said.append(
                f"Person {person_id} has {len(contacts)} contacts, by shared e-mails or phones: "
                f"{', '.join(names)}{f' and {more} more' if more else ''}."
            )
        else:
            said.append(f"The person is {person_id}.")
        chosen = next((row for row in candidates if row["is_chosen"]), None)
        carried = contacts[0] if contacts else {}
        channel = f", channel {carried['channel']}" if carried.get("channel") else ""
        said += ["", f"First source: {_source(carried)}{channel}"]
        if chosen:
            said.append(
                f"Why: evidence {chosen['candidate_no']}, {_evidence(chosen)} "
                f"{chosen['evidence_id']} of {self._time(chosen['occurred_at'])} "
                f"({chosen['reason'].partition(': ')[2]})."
            )
        elif candidates:
            said.append("Why: there is evidence, but none of it names a source.")
        else:
            said.append(
                "Why: there is no evidence at all; no visit, no call or enquiry with a source, no "
                "source tag, no source on a card."
            )
            return said
        said += [
            f"This {subject[0]} itself is evidence {row['candidate_no']}."
            for row in candidates
            if subject and subject[0] in row["evidence"] and subject[1] == row["evidence_id"]
        ]
        title = f"Evidence, earliest first (times of {self._timezone}; * is the chosen one):"
        return [*said, "", title, *_table(candidates, self._time)]

    def _time(self, moment: datetime | None) -> str:
        return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "(no time known)"

    def _rows(self, query: str, *parameters: str) -> list[Row]:
        cursor = self._con.execute(query, list(parameters))
        names = [str(column[0]) for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _one(self, query: str, *parameters: str) -> Row | None:
        return next(iter(self._rows(query, *parameters)), None)


def _match(call: Row) -> list[str]:
    """How the call was matched, and what follows (D-21)."""
    method, number = call["match_method"], call["match_candidates"]
    if method == "outbound":
        return ["An outbound call has no source of its own."]
    if method == "none":
        return [
            "Nothing tells where it came from: no word of the telephony vendor, no visit that was "
            "shown the number, no source that owns it, no earlier visit of the caller."
        ]
    if method in _MATCHES:
        how = _MATCHES[method].format(session=call["session_id"] or "")
        return [f"{how}: {_labels(call)} (match: {method})."]
    agreed = [level for level in _LEVELS if call[level] is not None and call[level] != "(unknown)"]
    said = f"The number that was dialled was then shown to {number} website visits at once"
    if not agreed:
        return [f"{said}, which do not agree on a source, so that none is credited ({method})."]
    return [
        f"{said}. They agree on {', '.join(agreed)}, and only that is credited: "
        f"{_labels(call)} (match: {method})."
    ]


def _table(candidates: Sequence[Row], time: Callable[[datetime | None], str]) -> list[str]:
    head = ["", "No", "When", "Evidence", "Id", *(level.title() for level in _LEVELS), "Reason"]
    cells = [
        [
            "*" if row["is_chosen"] else "",
            str(row["candidate_no"]),
            time(row["occurred_at"]),
            _evidence(row),
            str(row["evidence_id"]),
            *(_shortened(row[level]) for level in _LEVELS),
            str(row["reason"]),
        ]
        for row in candidates
    ]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (head, *cells)
    ]


def _evidence(candidate: Row) -> str:
    if candidate["evidence"] == "session" and candidate["is_direct"]:
        return "website visit, direct"
    return _EVIDENCE[candidate["evidence"]]


def _source(row: Row, prefix: str = "") -> str:
    """Source, medium and campaign in one line, as far as they go."""
    levels = [row.get(f"{prefix}{level}") for level in ("source", "medium", "campaign")]
    return " / ".join(str(level) for level in levels if level is not None) or "(none)"


def _labels(call: Row) -> str:
    return ", ".join(f"{level} {call[level]}" for level in _LEVELS if call[level] is not None)


def _shortened(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"


def _printable(line: str) -> str:
    """Without what a terminal would obey; ids and labels come from elsewhere."""
    return "".join(character if character.isprintable() else "?" for character in line)
