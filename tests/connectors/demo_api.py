"""The demo company once through vendors' interfaces and once through files: the same tables.

`make demo-api` makes up the company, shares its rows among ten vendors (SHARES), leaves out what a
vendor cannot carry (CARRIED, and what _COMPANY says of each entity), and serves the rest as these
vendors do. What none of them has is delivered as files to both.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import duckdb

from ingestion.connectors.client import Waiting
from ingestion.connectors.configuration import accounts_in
from ingestion.connectors.extract import pull_account
from ingestion.contract import ENTITIES
from leadhouse.demo.generate import write_company
from leadhouse.paths import MAIN_FILE
from tests.connectors.dialects import (
    amocrm,
    bitrix24,
    callrail,
    calltouch,
    google_ads,
    hubspot,
    meta_ads,
    salesmanago,
    yandex_direct,
    zadarma,
)
from tests.connectors.server import Server
from tests.ingestion.company import Company, settings_for

DAY = date(2026, 10, 31)
AS_OF = "2026-11-01"

_FILES = "files"
"""Who has a row that no vendor has: both companies get it as a file."""


def _in_turn(column: str, *vendors: str) -> str:
    """One vendor after the other by the number of an id; ids that are none are the first one's."""
    number = f"try_cast({column} as hugeint) % {len(vendors)}"
    cases = " ".join(f"when {at} then '{vendor}'" for at, vendor in enumerate(vendors))
    return f"(case {number} {cases} else '{vendors[0]}' end)"


def _with(entity: str, key: str) -> str:
    """The vendor of the record that an event is of; an event of none is amoCRM's."""
    return (
        f"coalesce((select o.carrier from shared_{entity} as o where o.{key} = l.{key}), 'amocrm')"
    )


SHARES = {
    "users": "'amocrm'",
    "pipeline_stages": "'amocrm'",
    "accounts": "'amocrm'",
    "contacts": "if(is_deleted = 'true', 'amocrm', "
    + _in_turn("contact_id", "amocrm", "hubspot", "bitrix24", "salesmanago")
    + ")",
    # Ids of deals are not one after the other, but numbers.
    "deals": "if(status = 'deleted', 'amocrm', "
    + _in_turn(
        "if(try_cast(deal_id as hugeint) is null, null, hash(deal_id))",
        *("amocrm", "hubspot", "bitrix24"),
    )
    + ")",
    "deal_contacts": _with("deals", "deal_id"),
    "deal_stages": _with("deals", "deal_id"),
    "deal_items": "'hubspot'",
    "contact_owners": f"case {_with('contacts', 'contact_id')} when 'amocrm' then 'amocrm' when "
    f"'hubspot' then 'hubspot' else '{_FILES}' end",
    # A tag that is on a contact of SALESmanago is there once, since it was added last.
    "contact_tags": f"case {_with('contacts', 'contact_id')} when 'amocrm' then 'amocrm' when "
    "'salesmanago' then if(coalesce(action, 'add') = 'add' and not exists (select 1 from "
    "latest_contact_tags as later where later.contact_id = l.contact_id and later.tag = l.tag and "
    f"later.occurred_at > l.occurred_at), 'salesmanago', '{_FILES}') else '{_FILES}' end",
    "tasks": _in_turn("ltrim(task_id, 't')", "amocrm", "hubspot", "bitrix24"),
    "meetings": "'hubspot'",
    "emails": f"if(kind = 'one_to_one', 'hubspot', '{_FILES}')",
    "tickets": "'hubspot'",
    # Calls within the company are nobody's.
    "calls": "if(is_internal = 'true', null, if(direction = 'in', "
    f"{_in_turn('call_id', 'calltouch', 'callrail')}, "
    f"{_in_turn('call_id', 'zadarma', 'hubspot', 'bitrix24')}))",
    "enquiries": f"if(channel = 'form', 'callrail', '{_FILES}')",
    "tracking_numbers": f"if(kind = 'own', '{_FILES}', 'callrail')",
    "ad_spend": "'ads'",
}
"""Which vendor has a row of an entity, where ``l`` is the row; the three of ads are one here."""

_CALL = (
    "call_id started_at direction from_phone to_phone user_id status vendor_status wait_seconds "
    "talk_seconds session_id visitor_id source medium campaign keyword recording_url"
)
_DEAL = (
    "deal_id created_at updated_at title contact_id account_id pipeline stage owner_user_id status "
    "closed_at amount currency source"
)
_CONTACT = "contact_id created_at updated_at last_name email phone owner_user_id is_deleted"

CARRIED = {
    "users": {"amocrm": "user_id name email role team is_active"},
    "pipeline_stages": {"amocrm": "pipeline stage position kind"},
    "accounts": {"amocrm": "account_id name domain owner_user_id created_at updated_at"},
    "contacts": {
        "amocrm": f"{_CONTACT} first_name account_id lead_source lead_medium lead_campaign",
        "hubspot": f"{_CONTACT} first_name company account_id country region city lead_source",
        "bitrix24": f"{_CONTACT} first_name middle_name account_id lead_source lead_medium "
        "lead_campaign",
        "salesmanago": f"{_CONTACT} company country region city",
    },
    "deals": {
        "amocrm": f"{_DEAL} lost_reason medium campaign content term tags",
        "hubspot": f"{_DEAL} lost_reason",
        "bitrix24": f"{_DEAL} medium campaign content term",
    },
    "deal_contacts": {
        "amocrm": "deal_id contact_id is_primary",
        "hubspot": "deal_id contact_id",
    },
    "deal_stages": {
        "amocrm": "deal_id pipeline stage occurred_at actor_user_id",
        "hubspot": "deal_id pipeline stage occurred_at actor_user_id",
        "bitrix24": "deal_id pipeline stage occurred_at",
    },
    "deal_items": {"hubspot": "deal_id product quantity amount currency"},
    "contact_owners": {
        "amocrm": "contact_id from_user_id to_user_id occurred_at detection",
        "hubspot": "contact_id to_user_id occurred_at detection",
    },
    "contact_tags": {
        "amocrm": "contact_id tag occurred_at action actor_user_id detection",
        "salesmanago": "contact_id tag occurred_at detection",
    },
    "tasks": {
        "amocrm": "task_id created_at due_at done_at status type title user_id contact_id deal_id",
        "hubspot": "task_id created_at due_at done_at status type title user_id contact_id deal_id",
        "bitrix24": "task_id created_at due_at done_at status title user_id",
    },
    "meetings": {
        "hubspot": "meeting_id created_at starts_at ends_at status user_id contact_id deal_id"
    },
    "emails": {
        "hubspot": "email_id sent_at direction kind user_id contact_id deal_id thread_id bounced"
    },
    "tickets": {
        "hubspot": "ticket_id created_at first_response_at solved_at channel priority topic status "
        "user_id contact_id"
    },
    "calls": {
        "calltouch": _CALL,
        "zadarma": _CALL,
        "callrail": "call_id started_at direction from_phone to_phone user_id status talk_seconds "
        "source medium campaign keyword recording_url",
        "hubspot": "call_id started_at direction from_phone to_phone user_id status vendor_status "
        "talk_seconds contact_id deal_id",
        "bitrix24": "call_id started_at direction from_phone to_phone user_id status talk_seconds "
        "contact_id recording_url",
    },
    "enquiries": {
        "callrail": "enquiry_id occurred_at channel name email phone source medium campaign page"
    },
    "tracking_numbers": {"callrail": "phone kind valid_from valid_to source"},
    "ad_spend": {
        "ads": "date platform account_id account_timezone campaign_id campaign ad_group_id "
        "ad_group ad_id impressions clicks cost currency conversions"
    },
}
"""The columns that a vendor of each entity has; docs/connectors.md says why not the others."""

_STAGE = "case {kind} when 'won' then '142' when 'lost' then '143' else {stage} end"
"""amoCRM has one stage for won deals in all pipelines, and one for lost ones."""

_STAGES = "left join latest_pipeline_stages as stages using (pipeline, stage)"
_OF_STAGE = "coalesce(stages.kind, 'open')"
# A deal's status is its stage's; an open one has no closing date.
_DEALS = (
    "select deals.* replace ("
    + _STAGE.format(kind="stages.kind", stage="deals.stage")
    + f" as stage, {_OF_STAGE} as status, "
    f"if({_OF_STAGE} = 'open', null, closed_at) as closed_at, "
    "coalesce(deals.updated_at, deals.created_at) as updated_at) from {rows} as deals " + _STAGES
)
_STAGE_EVENTS = (
    "select events.* replace ("
    + _STAGE.format(kind="stages.kind", stage="events.stage")
    + " as stage) from {rows} as events "
    + _STAGES
)
_CONTACTS = "select * replace (coalesce(updated_at, created_at) as updated_at{more}) from {{rows}}"
_LINKS = (
    "select deal_id, contact_id, bool_or(is_main)::varchar as is_primary from ("
    "select deal_id, contact_id, false as is_main from {rows} "
    "where deal_id in (select deal_id from latest_deals) union all "
    "select deal_id, contact_id, true from shared_deals where carrier = '{vendor}' and contact_id "
    "is "
    "not null) group by all"
)
# Received calls are answered or missed, made ones have no number of their own.
_SEVERAL = (
    "select * replace (case when direction = 'out' then if(status = 'voicemail', 'missed', "
    "status) when status = 'answered' then status else 'missed' end as status, "
    "case when direction = 'out' then case status when 'voicemail' then 'no answer' when 'missed' "
    "then 'no answer' when 'failed' then 'call failed' else status end end as vendor_status, "
    "if(direction = 'in', from_phone, null) as from_phone, "
    "if(direction = 'in', wait_seconds, null) as wait_seconds, "
    "if(direction = 'in', session_id, null) as session_id, "
    "if(direction = 'in', visitor_id, null) as visitor_id, "
    "if(direction = 'in', recording_url, null) as recording_url, "
    "if(direction = 'in', source, null) as source, if(direction = 'in', medium, null) as medium, "
    "if(direction = 'in', campaign, null) as campaign, if(direction = 'in', keyword, null) as "
    "keyword) from {rows}"
)

_COMPANY = {
    # Contacts, which come by files, go on through the stages of old.
    "pipeline_stages": "select pipeline, stage, position, 'open' as kind from "
    "latest_pipeline_stages "
    "union all select distinct pipeline, if(kind = 'won', '142', '143'), "
    "if(kind = 'won', '100', '101'), kind from latest_pipeline_stages where kind <> 'open'",
    "contacts": {
        "amocrm": _CONTACTS.format(more=""),
        "hubspot": _CONTACTS.format(more=""),
        "bitrix24": _CONTACTS.format(more=""),
        # It has the name whole.
        "salesmanago": _CONTACTS.format(
            more=", concat_ws(' ', first_name, middle_name, last_name) as last_name"
        ),
    },
    # amoCRM's amounts are whole units of the account's one currency.
    "deals": {
        "amocrm": "select deals.* replace ("
        + _STAGE.format(kind="stages.kind", stage="deals.stage")
        + " as stage, case when deals.status = 'deleted' then 'deleted' else "
        + _OF_STAGE
        + " end as status, cast(round(cast(amount as decimal(18, 2))) as bigint)::varchar as "
        "amount, coalesce(deals.updated_at, deals.created_at) as updated_at, "
        "'PLN' as currency) from {rows} as deals " + _STAGES,
        "hubspot": _DEALS,
        "bitrix24": _DEALS,
    },
    "deal_stages": {
        "amocrm": _STAGE_EVENTS,
        # Its history of stages does not say in which pipeline they were.
        "hubspot": "select events.* replace (deals.pipeline as pipeline) from ("
        + _STAGE_EVENTS
        + ") as events inner join latest_deals as deals using (deal_id)",
        "bitrix24": _STAGE_EVENTS,
    },
    # The contact of a deal is the main one of its contacts.
    "deal_contacts": {"amocrm": _LINKS, "hubspot": _LINKS},
    "deal_items": "select * replace (coalesce(currency, 'EUR') as currency) from {rows}",
    "contact_owners": {
        "amocrm": "select * replace ('event' as detection) from {rows} "
        "where coalesce(role, 'main') = 'main'",
        "hubspot": "select * replace ('history' as detection) from {rows} "
        "where coalesce(role, 'main') = 'main'",
    },
    "contact_tags": {
        "amocrm": "select * replace ('event' as detection, coalesce(action, 'add') as action) "
        "from {rows}",
        "salesmanago": "select * replace ('history' as detection) from {rows}",
    },
    "tasks": {
        # A task is done or open, and of a deal or of a contact.
        "amocrm": "select * replace (if(status = 'done', 'done', 'open') as status, "
        "if(status = 'done', done_at, null) as done_at, "
        "if(deal_id is null, contact_id, null) as contact_id) from {rows} "
        "where status <> 'done' or done_at is not null",
        "hubspot": "select * replace (ltrim(task_id, 't') as task_id) from {rows}",
        "bitrix24": "select * replace (ltrim(task_id, 't') as task_id) from {rows}",
    },
    "meetings": "select * replace (ltrim(meeting_id, 'm') as meeting_id) from {rows}",
    "emails": "select * replace ('1' || ltrim(email_id, 'e') as email_id, "
    "coalesce(bounced, 'false') as bounced) from {rows}",
    "tickets": "select * replace (ltrim(ticket_id, 'z') as ticket_id) from {rows}",
    "calls": {
        "calltouch": _SEVERAL,
        "zadarma": _SEVERAL,
        "callrail": "select * replace (if(status in ('answered', 'voicemail'), status, 'missed') "
        "as status) from {rows}",
        "hubspot": "from {rows}",
        # It has no word for a voicemail.
        "bitrix24": "select * replace (if(status = 'voicemail', 'failed', status) as status) "
        "from {rows}",
    },
    "ad_spend": "select date, names.platform, names.account_id, 'Europe/Warsaw' as "
    "account_timezone, "
    "campaign_id, any_value(campaign) as campaign, "
    "if(names.platform = 'google ads', null, ad_group_id) as ad_group_id, "
    "if(names.platform = 'google ads', null, any_value(ad_group)) as ad_group, "
    "if(names.platform = 'google ads', null, ad_id) as ad_id, "
    "sum(impressions::bigint)::varchar as impressions, sum(clicks::bigint)::varchar as clicks, "
    "sum(cost::decimal(18, 2))::varchar as cost, names.currency, "
    "if(names.platform = 'meta', null, sum(conversions::decimal(18, 2))::varchar) as conversions "
    "from latest_ad_spend inner join (values ('google_ads', 'google ads', '1234567890', 'EUR'), "
    "('meta_ads', 'meta', '1234', 'PLN'), ('yandex_direct', 'yandex direct', 'acme', 'EUR')) "
    "names(was, platform, account_id, currency) on latest_ad_spend.platform = names.was "
    "group by date, names.platform, names.account_id, names.currency, campaign_id, ad_group_id, "
    "ad_id "
    "order by all",
}
"""Each entity as its vendors have it, from the demo company's latest rows that are their own."""


def _prepared(con: duckdb.DuckDBPyConnection) -> None:
    """Tables ``latest_<entity>`` of what the demo company says last, and of what is carried."""
    for name, entity in ENTITIES.items():
        written = ", ".join(
            f"strftime(date_trunc('second', cast({column.name} as timestamptz)), "
            f"'%Y-%m-%dT%H:%M:%SZ') as {column.name}"
            for column in entity.columns
            if column.type == "timestamp"
        )
        counts = (
            "_delivery_date = max(_delivery_date) over (partition by platform, account_id, date)"
            if entity.kind == "spend"
            else f"row_number() over (partition by {', '.join(entity.key)} "
            "order by _delivery_date desc, _source_file desc, _row_number desc) = 1"
        )
        typed = f"select * {f'replace ({written})' if written else ''} from demo.raw.{name}"
        con.execute(
            f"create table latest_{name} as select * from ({typed} where not _fills) qualify "
            f"{counts}"
        )
    for name, vendors in CARRIED.items():
        con.execute(
            f"create table shared_{name} as select l.*, {SHARES[name]} as carrier "
            f"from latest_{name} as l"
        )
        queries = _COMPANY.get(name, "from {rows}")
        columns = ", ".join(column.name for column in ENTITIES[name].columns)
        parts = [f"select {columns}, carrier from shared_{name} where carrier = '{_FILES}'"]
        for vendor, carried in vendors.items():
            own = f"(select * exclude (carrier) from shared_{name} where carrier = '{vendor}')"
            query = queries if isinstance(queries, str) else queries[vendor]
            query = query.format(rows=own, vendor=vendor)
            parts.append(
                f"select {', '.join(carried.split())}, '{vendor}' as carrier from ({query})"
            )
        con.execute(f"create table {name} as {' union all by name '.join(parts)}")
        for vendor in vendors:
            con.execute(
                f"create view {vendor}_{name} as select * exclude (carrier) from {name} "
                f"where carrier = '{vendor}'"
            )


def _records(con: duckdb.DuckDBPyConnection, query: str) -> list:
    return [
        json.loads(text)
        for (text,) in con.execute(f"select to_json(r) from ({query}) r").fetchall()
    ]


_FIELD = "{{'field_id': '{code}', 'field_code': '{code}', 'values': [{{'value': {column}}}]}}"


def _fields(**columns: str) -> str:
    made = ", ".join(_FIELD.format(code=code, column=column) for code, column in columns.items())
    return f"[{made}]"


_EVENT = "epoch(occurred_at::timestamptz)::bigint as created_at"


def _amocrm(con: duckdb.DuckDBPyConnection) -> amocrm.Dialect:
    def at(column: str) -> str:
        return f"epoch({column}::timestamptz)::bigint"

    utm = ("source", "medium", "campaign", "content", "term")
    tables = {
        "users": "select user_id as id, name, email, {'is_active': is_active} as rights, "
        "{'roles': [{'name': role}], 'groups': [{'name': team}]} as _embedded from amocrm_users",
        "leads/pipelines": "select pipeline as id, {'statuses': list({'id': stage, 'sort': "
        "position})} "
        "as _embedded from amocrm_pipeline_stages group by pipeline",
        "companies": "select account_id as id, name, owner_user_id as responsible_user_id, "
        f"{at('created_at')} as created_at, {at('coalesce(updated_at, created_at)')} as "
        f"updated_at, "
        f"{_fields(WEB='domain')} as custom_fields_values from amocrm_accounts",
        "contacts": "select contact_id as id, first_name, last_name, owner_user_id as "
        f"responsible_user_id, {at('created_at')} as created_at, {at('updated_at')} as updated_at, "
        + _fields(
            EMAIL="email",
            PHONE="phone",
            **{f"UTM_{name.upper()}": f"lead_{name}" for name in utm[:3]},
        )
        + " as custom_fields_values, {'companies': if(account_id is null, [], [{'id': "
        "account_id}])} "
        "as _embedded from amocrm_contacts",
        "leads": "select deals.deal_id as id, title as name, amount::bigint as price, pipeline as "
        "pipeline_id, stage as status_id, owner_user_id as responsible_user_id, "
        f"{at('created_at')} as created_at, {at('coalesce(updated_at, created_at)')} as "
        f"updated_at, "
        f"{at('closed_at')} as closed_at, status = 'deleted' as is_deleted, "
        + _fields(**{f"UTM_{name.upper()}": name for name in utm})
        + " as custom_fields_values, {'tags': list_transform(string_split(coalesce(tags, ''), "
        "';'), "
        "lambda each: {'name': each}), 'companies': if(account_id is null, [], [{'id': "
        "account_id}]), "
        "'loss_reason': [{'name': lost_reason}], 'contacts': coalesce(linked.contacts, [])} as "
        "_embedded "
        "from amocrm_deals as deals left join (select deal_id, list({'id': contact_id, 'is_main': "
        "is_primary} "
        "order by is_primary::boolean desc, contact_id) as contacts from amocrm_deal_contacts "
        "group by "
        "deal_id) "
        "as linked using (deal_id)",
        "events": "select 'lead_status_changed' as type, 'lead' as entity_type, deal_id as "
        "entity_id, "
        f"{_EVENT}, actor_user_id as created_by, null as value_before, "
        "[{'lead_status': {'id': stage, 'pipeline_id': pipeline}}]::json as value_after from "
        "amocrm_deal_stages "
        "union all select 'entity_responsible_changed', 'contact', contact_id, "
        f"{_EVENT}, null, [{{'responsible_user': {{'id': from_user_id}}}}]::json, "
        "[{'responsible_user': {'id': to_user_id}}]::json from amocrm_contact_owners "
        "union all select if(action = 'add', 'entity_tag_added', 'entity_tag_deleted'), 'contact', "
        f"contact_id, {_EVENT}, actor_user_id, "
        "if(action = 'add', null, [{'tag': {'name': tag}}])::json, "
        "if(action = 'add', [{'tag': {'name': tag}}], null)::json from amocrm_contact_tags "
        "union all select 'contact_deleted', 'contact', contact_id, "
        f"{at('updated_at')}, null, null, null from amocrm_contacts where is_deleted = 'true'",
        "tasks": "select task_id as id, title as text, user_id as responsible_user_id, "
        "status = 'done' as is_completed, if(type = 'call', '1', if(type = 'meeting', '2', type)) "
        "as "
        f"task_type_id, {at('created_at')} as created_at, {at('due_at')} as complete_till, "
        f"{at('coalesce(done_at, created_at)')} as updated_at, coalesce(deal_id, contact_id) as "
        "entity_id, if(deal_id is null, 'contacts', 'leads') as entity_type from amocrm_tasks",
    }
    served = amocrm.Dialect({name: _records(con, query) for name, query in tables.items()})
    for number, event in enumerate(served.tables["events"]):
        event["id"] = f"{number:026}"
    for name in ("leads", "contacts", "companies"):
        for record in served.tables[name]:
            fields = record["custom_fields_values"]
            record["custom_fields_values"] = [each for each in fields if each["values"][0]["value"]]
            tags = record.get("_embedded", {}).get("tags", ())
            if tags and not tags[0]["name"]:
                record["_embedded"]["tags"] = []
    return served


_OUTCOMES = {
    "answered": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
    "busy": "9d9162e7-6cf3-4944-bf63-4dff82258764",
    "missed": "73a0d17f-1163-4015-bdd5-ec830791da20",
    "voicemail": "b2cf5968-551e-4856-9783-52b3da59a7d0",
    "failed": "17b47fee-58de-441e-a44c-c6300d46f273",
}
"""HubSpot's ids of how a call ended."""


def _case(column: str, words: dict[str, str], otherwise: str = "") -> str:
    cases = " ".join(f"when '{word}' then '{meant}'" for word, meant in words.items())
    return f"case {column} {cases} else {repr(otherwise) if otherwise else 'null'} end"


def _hubspot(con: duckdb.DuckDBPyConnection) -> hubspot.Dialect:
    def objects(entity: str, id_column: str, changed: str, past: str = "", **columns: str) -> list:
        made = ", ".join(f"'{name}': {column}" for name, column in columns.items())
        query = (
            f"select {id_column} as id, {{{made}, 'hs_lastmodifieddate': {changed}, "
            f"'lastmodifieddate': {changed}}} as properties, {changed} as \"createdAt\", "
            f'{changed} as "updatedAt", false as archived{past} from {entity}'
        )
        return _records(con, query)

    def links(rows: str, id_column: str, column: str, order: str = "") -> dict[str, list[str]]:
        found = con.execute(
            f"select {id_column}, list({column} order by {order or column}) from {rows} "
            f"where {column} is not null group by all"
        )
        return dict(found.fetchall())

    owners = (
        "hubspot_contacts left join (select contact_id, list({'value': to_user_id, 'timestamp': "
        "occurred_at} order by occurred_at) as owners from hubspot_contact_owners group by all) "
        "using (contact_id)"
    )
    stages = (
        "hubspot_deals left join (select deal_id, list({'value': stage, 'timestamp': occurred_at, "
        "'updatedByUserId': actor_user_id} order by occurred_at) as stages from "
        "hubspot_deal_stages group by all) using (deal_id)"
    )
    items = (
        "(select *, row_number() over (order by deal_id, product) as item from hubspot_deal_items)"
    )
    # A deal's own contact is the first of them.
    contacts = (
        "(select deal_id, l.contact_id, d.contact_id = l.contact_id as is_main from "
        "hubspot_deal_contacts as l inner join hubspot_deals as d using (deal_id))"
    )
    first = "is_main desc nulls last, contact_id"
    linked = {
        ("deals", "contacts"): links(contacts, "deal_id", "contact_id", first),
        ("deals", "companies"): links("hubspot_deals", "deal_id", "account_id"),
        ("line_items", "deals"): links(items, "item::varchar", "deal_id"),
    }
    for kind in ("calls", "meetings", "tasks", "emails", "tickets"):
        for other, column in (("contacts", "contact_id"), ("deals", "deal_id")):
            if column in CARRIED[kind]["hubspot"].split():
                key = f"{kind.removesuffix('s')}_id"
                linked[kind, other] = links(f"hubspot_{kind}", key, column)
    owner = {"hubspot_owner_id": "user_id"}
    return hubspot.Dialect(
        {
            "contacts": objects(
                *(owners, "contact_id", "updated_at"),
                ", {'hubspot_owner_id': coalesce(owners, [])} as \"propertiesWithHistory\"",
                **{"firstname": "first_name", "lastname": "last_name", "email": "email"},
                **{"phone": "phone", "company": "company", "associatedcompanyid": "account_id"},
                **{"country": "country", "state": "region", "city": "city"},
                **{"hubspot_owner_id": "owner_user_id", "hs_analytics_source": "lead_source"},
                createdate="created_at",
            ),
            "deals": objects(
                *(stages, "deal_id", "updated_at"),
                ", {'dealstage': coalesce(stages, [])} as \"propertiesWithHistory\"",
                **{"dealname": "title", "dealstage": "stage", "pipeline": "pipeline"},
                **{"amount": "amount", "deal_currency_code": "currency"},
                **{"closedate": "closed_at", "createdate": "created_at"},
                **{"closed_lost_reason": "lost_reason", "hubspot_owner_id": "owner_user_id"},
                hs_is_closed="(status <> 'open')::varchar",
                hs_is_closed_won="(status = 'won')::varchar",
                hs_analytics_source="source",
            ),
            "line_items": objects(
                *(items, "item::varchar", "'2026-01-01T00:00:00Z'"),
                **{"name": "product", "quantity": "quantity", "amount": "amount"},
                hs_line_item_currency_code="currency",
            ),
            "calls": objects(
                *("hubspot_calls", "call_id", "started_at"),
                **{"hs_timestamp": "started_at", "hs_call_from_number": "from_phone"},
                **{"hs_call_to_number": "to_phone", "hs_call_direction": "'OUTBOUND'"},
                **{"hs_call_duration": "(talk_seconds::bigint * 1000)::varchar"},
                **{"hs_call_disposition": _case("status", _OUTCOMES)},
                **{"hs_call_status": "vendor_status"} | owner,
            ),
            "meetings": objects(
                *("hubspot_meetings", "meeting_id", "created_at"),
                **{"hs_createdate": "created_at", "hs_meeting_start_time": "starts_at"},
                **{"hs_meeting_end_time": "ends_at"} | owner,
                hs_meeting_outcome=_case(
                    "status",
                    {
                        **{"planned": "SCHEDULED", "held": "COMPLETED", "no_show": "NO_SHOW"},
                        "cancelled": "CANCELED",
                    },
                ),
            ),
            "tasks": objects(
                *("hubspot_tasks", "task_id", "coalesce(done_at, created_at)"),
                **{"hs_createdate": "created_at", "hs_timestamp": "due_at"},
                **{"hs_task_completion_date": "done_at", "hs_task_type": "type"},
                **{"hs_task_subject": "title"} | owner,
                hs_task_status=_case(
                    "status", {"done": "COMPLETED", "cancelled": "DEFERRED"}, "NOT_STARTED"
                ),
            ),
            "emails": objects(
                *("hubspot_emails", "email_id", "sent_at"),
                **{"hs_timestamp": "sent_at", "hs_email_thread_id": "thread_id"} | owner,
                hs_email_direction="if(direction = 'in', 'INCOMING_EMAIL', 'EMAIL')",
                hs_email_status="if(bounced = 'true', 'BOUNCED', 'SENT')",
            ),
            "tickets": objects(
                *("hubspot_tickets", "ticket_id", "created_at"),
                **{"createdate": "created_at", "closed_date": "solved_at"},
                **{"first_agent_reply_date": "first_response_at", "source_type": "channel"},
                **{"hs_ticket_priority": "priority", "hs_ticket_category": "topic"},
                **{"hs_pipeline_stage": "status"} | owner,
            ),
        },
        lists={},
        links=linked,
    )


def _bitrix24(con: duckdb.DuckDBPyConnection) -> bitrix24.Dialect:
    def rows(query: str, inside: str | None = None) -> tuple[list, str | None]:
        return _records(con, query), inside

    dated = 'created_at as "DATE_CREATE", updated_at as "DATE_MODIFY"'
    utm = 'source as "UTM_SOURCE", {}medium as "UTM_MEDIUM", {}campaign as "UTM_CAMPAIGN"'
    return bitrix24.Dialect(
        {
            "crm.contact.list": rows(
                f'select contact_id as "ID", {dated}, first_name as "NAME", middle_name as '
                '"SECOND_NAME", last_name as "LAST_NAME", account_id as "COMPANY_ID", '
                'owner_user_id as "ASSIGNED_BY_ID", [{\'VALUE\': email}] as "EMAIL", '
                "[{'VALUE': phone}] as \"PHONE\", lead_"
                + utm.format("lead_", "lead_")
                + " from bitrix24_contacts order by contact_id::hugeint"
            ),
            "crm.deal.list": rows(
                f'select deal_id as "ID", {dated}, title as "TITLE", contact_id as "CONTACT_ID", '
                'account_id as "COMPANY_ID", pipeline as "CATEGORY_ID", stage as "STAGE_ID", '
                "owner_user_id as \"ASSIGNED_BY_ID\", case status when 'won' then 'S' when 'lost' "
                "then 'F' else 'P' end as \"STAGE_SEMANTIC_ID\", if(status = 'open', 'N', 'Y') as "
                '"CLOSED", closed_at as "CLOSEDATE", amount as "OPPORTUNITY", currency as '
                f'"CURRENCY_ID", {utm.format("", "")}, content as "UTM_CONTENT", term as '
                '"UTM_TERM" from bitrix24_deals order by deal_id::hugeint'
            ),
            "crm.stagehistory.list": rows(
                'select row_number() over (order by occurred_at, deal_id, stage) as "ID", deal_id '
                'as "OWNER_ID", pipeline as "CATEGORY_ID", stage as "STAGE_ID", occurred_at as '
                '"CREATED_TIME" from bitrix24_deal_stages order by 1',
                "items",
            ),
            "tasks.task.list": rows(
                'select task_id as id, title, user_id as "responsibleId", created_at as '
                '"createdDate", due_at as deadline, done_at as "closedDate", coalesce(done_at, '
                "created_at) as \"changedDate\", case status when 'done' then '5' when "
                "'cancelled' then '7' else '2' end as status from bitrix24_tasks "
                "order by task_id::bigint",
                "tasks",
            ),
            "voximplant.statistic.get": rows(
                'select row_number() over (order by started_at, call_id) as "ID", call_id as '
                '"CALL_ID", \'1\' as "CALL_TYPE", to_phone as "PHONE_NUMBER", from_phone as '
                '"PORTAL_NUMBER", user_id as "PORTAL_USER_ID", started_at as "CALL_START_DATE", '
                'talk_seconds as "CALL_DURATION", recording_url as "CALL_RECORD_URL", '
                + _case("status", {"answered": "200", "missed": "304", "busy": "486"}, "603")
                + " as \"CALL_FAILED_CODE\", if(contact_id is null, null, 'CONTACT') as "
                '"CRM_ENTITY_TYPE", contact_id as "CRM_ENTITY_ID" from bitrix24_calls order by 1'
            ),
        }
    )


def _callrail(con: duckdb.DuckDBPyConnection) -> callrail.Dialect:
    return callrail.Dialect(
        {
            "calls": _records(
                con,
                "select call_id as id, started_at as start_time, 'inbound' as direction, "
                "from_phone as customer_phone_number, to_phone as tracking_phone_number, "
                "user_id as agent_email, status = 'answered' as answered, "
                "status = 'voicemail' as voicemail, talk_seconds as duration, "
                "source as utm_source, medium as utm_medium, campaign as "
                "utm_campaign, keyword as keywords, recording_url as recording_player from "
                "callrail_calls",
            ),
            "form_submissions": _records(
                con,
                "select enquiry_id as id, occurred_at as submitted_at, name as customer_name, "
                "email as customer_email, phone as customer_phone_number, source as utm_source, "
                "medium as utm_medium, campaign as utm_campaign, page as form_url "
                "from callrail_enquiries",
            ),
            "trackers": _records(
                con,
                "select if(kind = 'pool', 'session', 'source') as type, source as name, [phone] as "
                "tracking_numbers, {'type': if(kind = 'static_offline', 'offline', 'all')} as "
                "source, valid_from as created_at, valid_to as disabled_at from "
                "callrail_tracking_numbers",
            ),
        }
    )


def _salesmanago(con: duckdb.DuckDBPyConnection) -> salesmanago.Dialect:
    def ms(column: str) -> str:
        return f"epoch_ms({column}::timestamptz)"

    contacts = _records(
        con,
        f'select contact_id as id, {ms("created_at")} as "createdOn", {ms("updated_at")} as '
        "\"modifiedOn\", last_name as name, email, phone, company, {'country': country, "
        "'city': city} as address, region as province, owner_user_id as \"mainContactOwner\", "
        'false as deleted, coalesce(tags, []) as "contactTags" from salesmanago_contacts left join '
        f"(select contact_id, list({{'tag': tag, 'createdOn': {ms('occurred_at')}}} order by tag) "
        "as tags from salesmanago_contact_tags group by all) using (contact_id)",
    )
    return salesmanago.Dialect(contacts, [])


def _dialects(con: duckdb.DuckDBPyConnection) -> dict:
    """The vendors that serve the company, by name."""
    spend = "select * from ads_ad_spend where platform"
    return {
        "amocrm": _amocrm(con),
        "hubspot": _hubspot(con),
        "bitrix24": _bitrix24(con),
        "callrail": _callrail(con),
        "salesmanago": _salesmanago(con),
        "calltouch": calltouch.Dialect(
            _records(
                con,
                "select call_id as callId, epoch(started_at::timestamptz)::bigint as timestamp, "
                "from_phone as callerNumber, to_phone as phoneNumber, user_id as manager, "
                "status = 'answered' as successful, wait_seconds as waitingConnect, talk_seconds "
                "as "
                "duration, session_id as sessionId, visitor_id as clientId, source as utmSource, "
                "medium as utmMedium, campaign as utmCampaign, keyword, recording_url as callUrl "
                "from calltouch_calls",
            ),
            [],
        ),
        "zadarma": zadarma.Dialect(
            _records(
                con,
                "select call_id as call_id, call_id as pbx_call_id, user_id as sip, to_phone as "
                "destination, strftime(started_at::timestamptz, '%Y-%m-%d %H:%M:%S') as callstart, "
                "vendor_status as "
                "disposition, talk_seconds as seconds from zadarma_calls order by started_at",
            ),
            numbers=[],
        ),
        "google_ads": google_ads.Dialect(
            _records(
                con,
                "select {'id': account_id, 'currencyCode': currency, 'timeZone': "
                "account_timezone} as "
                "customer, {'id': campaign_id, 'name': campaign} as campaign, {'date': date} as "
                "segments, {'clicks': clicks, 'impressions': impressions, 'conversions': "
                "conversions::double, 'costMicros': (cost::decimal(18, 2) * "
                "1000000)::bigint::varchar} "
                f"as metrics from ({spend} = 'google ads')",
            )
        ),
        "meta_ads": meta_ads.Dialect(
            _records(
                con,
                "select account_id, currency as account_currency, cost as spend, campaign_id, "
                "campaign "
                "as campaign_name, ad_group_id as adset_id, ad_group as adset_name, ad_id, "
                "impressions, "
                f"clicks as inline_link_clicks, date as date_start from ({spend} = 'meta')",
            )
        ),
        "yandex_direct": yandex_direct.Dialect(
            _records(
                con,
                'select date as "Date", campaign_id as "CampaignId", campaign as "CampaignName", '
                'ad_group_id as "AdGroupId", ad_group as "AdGroupName", ad_id as "AdId", '
                'impressions as "Impressions", clicks as "Clicks", cost as "Cost", conversions '
                'as "Conversions" '
                f"from ({spend} = 'yandex direct')",
            )
        ),
    }


_CURRENCY = {"amocrm": "PLN", "meta_ads": "PLN"}
_STREAMS = {
    "hubspot": [
        "contacts",
        "deals",
        "line_items",
        "calls",
        "meetings",
        "tasks",
        "emails",
        "tickets",
    ],
    "bitrix24": ["contacts", "deals", "stagehistory", "tasks", "calls"],
    "callrail": ["trackers", "calls", "form_submissions"],
    "salesmanago": ["contacts"],
}
"""The streams of those that are pulled in part: users, stages and companies are amoCRM's."""


def _pulled(company: Company, dialects: dict) -> None:
    """All accounts, each from a server of its own."""
    with ExitStack() as stack:
        for vendor, dialect in dialects.items():
            server = stack.enter_context(Server(dialect))
            os.environ |= dialect.environ
            options = {
                name: server.address + value if name == "token_address" else value
                for name, value in dialect.options.items()
            }
            zone = "Europe/Warsaw" if vendor.endswith(("_ads", "_direct")) else "UTC"
            written = (
                f'[{vendor}.main]\nsince = 2020-01-01\ntimezone = "{zone}"\n'
                f'currency = "{_CURRENCY.get(vendor, "EUR")}"\naddress = "{server.address}"\n'
                + (f"streams = {_STREAMS[vendor]}\n" if vendor in _STREAMS else "")
                + f"[{vendor}.main.secrets]\n"
                + "".join(f'{name} = "{value}"\n' for name, value in dialect.secrets.items())
                + f"[{vendor}.main.options]\n"
                + "".join(f'{name} = "{value}"\n' for name, value in options.items())
            )
            (account,) = accounts_in(written, "connectors.toml")
            waiting = Waiting(lambda: 0.0, lambda _: None)
            done = list(pull_account(company.settings, account, waiting=waiting, today=DAY))
            print(
                f"{account.shown_as}: {sum(each.rows for each in done):,} rows, "
                f"{sum(each.requests for each in done):,} requests"
            )


def _built(company: Company) -> Path:
    """The published file of the company as ``leadhouse run`` builds it."""
    environ = {
        **os.environ,
        "LEADHOUSE_HOME": str(company.settings.home),
        "LEADHOUSE_DROP": str(company.drop),
        "LEADHOUSE_AS_OF": AS_OF,
        "LEADHOUSE_CURRENCY": company.settings.currency,
        # The same phone has the same hash in both.
        "LEADHOUSE_PII_KEY": company.settings.pii_key.get_secret_value(),
    }
    command = [str(Path(sys.executable).with_name("leadhouse")), "run", "--quiet"]
    subprocess.run(command, env=environ, check=True)
    return company.settings.home / "published" / MAIN_FILE


_OF_THE_DELIVERY = {"source_system", "first_published_at"}
"""Columns that say how rows came, not what the company is."""


def _differences(by_files: Path, by_vendors: Path) -> tuple[int, list[str]]:
    """How many tables were compared, and what differs, in words."""
    with duckdb.connect() as con:
        for name, file in (("files", by_files), ("vendors", by_vendors)):
            con.execute(f"attach '{file}' as {name} (read_only)")
        found = con.execute(
            "select schema_name || '.' || table_name, list(column_name order by column_index) "
            "from duckdb_columns() where database_name = 'files' and schema_name in ('marts', "
            "'reports') "
            "group by all order by all"
        ).fetchall()
        said = []
        for table, columns in found:
            shown = ", ".join(f'"{name}"' for name in columns if name not in _OF_THE_DELIVERY)
            for one, other in (("files", "vendors"), ("vendors", "files")):
                (rows,) = con.execute(
                    f"select count(*) from (select {shown} from {one}.{table} except all "
                    f"select {shown} from {other}.{table})"
                ).fetchall()[0]
                if rows:
                    said.append(f"{table}: {rows:,} rows come by {one} alone")
        return len(found), said


def main(folder: Path) -> int:
    """Make both companies in ``folder``, which is replaced; says what differs."""
    shutil.rmtree(folder, ignore_errors=True)
    demo, files, vendors = (
        Company(settings_for(folder / name)) for name in ("demo", "files", "vendors")
    )
    write_company(demo.drop, "S", 7)
    demo.land()
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach '{demo.settings.warehouse_file}' as demo (read_only)")
        _prepared(con)
        for name, entity in ENTITIES.items():
            columns = ", ".join(column.name for column in entity.columns)
            for company in (files, vendors):
                source = f"(select {columns} from latest_{name})"
                if name in CARRIED:
                    whose = f"where carrier = '{_FILES}'" if company is vendors else ""
                    source = f"(select * exclude (carrier) from {name} {whose})"
                if not con.execute(f"select count(*) from {source}").fetchall()[0][0]:
                    continue
                path = company.drop / DAY.isoformat() / f"{name}.csv"
                path.parent.mkdir(parents=True, exist_ok=True)
                con.execute(f"copy (from {source}) to '{path}' (format csv, header)")
        dialects = _dialects(con)
    _pulled(vendors, dialects)
    compared, said = _differences(_built(files), _built(vendors))
    print(
        "\n".join(said)
        or f"the same rows in {compared} tables, by files and by {len(dialects)} vendors"
    )
    return 1 if said else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
