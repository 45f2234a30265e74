"""The demo company once through vendors' interfaces and once through files: the same tables.

`make demo-api` makes up the company, leaves out what these vendors cannot carry (CARRIED, and what
_COMPANY says of each entity), and serves the rest as amoCRM, Calltouch, Zadarma, Google Ads, Meta
Ads and Yandex.Direct do. What none of them has is delivered as files to both.
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
    calltouch,
    google_ads,
    meta_ads,
    yandex_direct,
    zadarma,
)
from tests.connectors.server import Server
from tests.ingestion.company import Company, settings_for

DAY = date(2026, 10, 31)
AS_OF = "2026-11-01"

CARRIED = {
    "users": "user_id name email role team is_active",
    "pipeline_stages": "pipeline stage position kind",
    "accounts": "account_id name domain owner_user_id created_at updated_at",
    "contacts": "contact_id created_at updated_at first_name last_name email phone account_id "
    "owner_user_id lead_source lead_medium lead_campaign is_deleted",
    "deals": "deal_id created_at updated_at title contact_id account_id pipeline stage "
    "owner_user_id "
    "status closed_at amount currency lost_reason source medium campaign content term tags",
    "deal_contacts": "deal_id contact_id is_primary",
    "deal_stages": "deal_id pipeline stage occurred_at actor_user_id",
    "contact_owners": "contact_id from_user_id to_user_id occurred_at detection",
    "contact_tags": "contact_id tag occurred_at action actor_user_id detection",
    "tasks": "task_id created_at due_at done_at status type title user_id contact_id deal_id",
    "calls": "call_id started_at direction from_phone to_phone user_id status vendor_status "
    "wait_seconds talk_seconds session_id visitor_id source medium campaign keyword recording_url",
    "ad_spend": "date platform account_id account_timezone campaign_id campaign ad_group_id "
    "ad_group "
    "ad_id impressions clicks cost currency conversions",
}
"""The columns that a vendor of each entity has; docs/connectors.md says why not the others."""

_STAGE = "case {kind} when 'won' then '142' when 'lost' then '143' else {stage} end"
"""amoCRM has one stage for won deals in all pipelines, and one for lost ones."""

_COMPANY = {
    # Contacts, which come by files, go on through the stages of old.
    "pipeline_stages": "select pipeline, stage, position, 'open' as kind from "
    "latest_pipeline_stages "
    "union all select distinct pipeline, if(kind = 'won', '142', '143'), "
    "if(kind = 'won', '100', '101'), kind from latest_pipeline_stages where kind <> 'open'",
    # A deal's status is its stage's, its amount is in whole units of the account's one currency.
    "deals": "select deals.* replace ("
    + _STAGE.format(kind="stages.kind", stage="deals.stage")
    + " as stage, case when deals.status = 'deleted' then 'deleted' else coalesce(stages.kind, "
    "'open') "
    "end as status, cast(round(cast(amount as decimal(18, 2))) as bigint)::varchar as amount, "
    "coalesce(deals.updated_at, deals.created_at) as updated_at, "
    "'PLN' as currency) from latest_deals as deals "
    "left join latest_pipeline_stages as stages using (pipeline, stage)",
    "deal_stages": "select events.* replace ("
    + _STAGE.format(kind="stages.kind", stage="events.stage")
    + " as stage) from latest_deal_stages as events "
    "left join latest_pipeline_stages as stages using (pipeline, stage)",
    # The contact of a deal is the main one of its contacts.
    "deal_contacts": "select deal_id, contact_id, bool_or(is_main)::varchar as is_primary from ("
    "select deal_id, contact_id, false as is_main from latest_deal_contacts "
    "where deal_id in (select deal_id from latest_deals) union all "
    "select deal_id, contact_id, true from latest_deals where contact_id is not null) group by all",
    "contact_owners": "select * replace ('event' as detection) from latest_contact_owners "
    "where coalesce(role, 'main') = 'main'",
    "contact_tags": "select * replace ('event' as detection, coalesce(action, 'add') as action) "
    "from latest_contact_tags",
    # A task is done or open, and of a deal or of a contact.
    "tasks": "select * replace (if(status = 'done', 'done', 'open') as status, "
    "if(status = 'done', done_at, null) as done_at, "
    "if(deal_id is null, contact_id, null) as contact_id) from latest_tasks "
    "where status <> 'done' or done_at is not null",
    # Received calls are answered or missed, made ones have no number of their own.
    "calls": "select * replace (case when direction = 'out' then if(status = 'voicemail', "
    "'missed', "
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
    "keyword) "
    "from latest_calls where coalesce(is_internal, 'false') = 'false'",
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
"""Each entity as these vendors have it, from the demo company's latest rows."""


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
    for name, columns in CARRIED.items():
        query = _COMPANY.get(name, f"select * from latest_{name}")
        con.execute(f"create table {name} as select {', '.join(columns.split())} from ({query})")


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
        "{'roles': [{'name': role}], 'groups': [{'name': team}]} as _embedded from users",
        "leads/pipelines": "select pipeline as id, {'statuses': list({'id': stage, 'sort': "
        "position})} "
        "as _embedded from pipeline_stages group by pipeline",
        "companies": "select account_id as id, name, owner_user_id as responsible_user_id, "
        f"{at('created_at')} as created_at, {at('coalesce(updated_at, created_at)')} as "
        f"updated_at, "
        f"{_fields(WEB='domain')} as custom_fields_values from accounts",
        "contacts": "select contact_id as id, first_name, last_name, owner_user_id as "
        f"responsible_user_id, {at('created_at')} as created_at, {at('updated_at')} as updated_at, "
        + _fields(
            EMAIL="email",
            PHONE="phone",
            **{f"UTM_{name.upper()}": f"lead_{name}" for name in utm[:3]},
        )
        + " as custom_fields_values, {'companies': if(account_id is null, [], [{'id': "
        "account_id}])} "
        "as _embedded from contacts",
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
        "from deals left join (select deal_id, list({'id': contact_id, 'is_main': is_primary} "
        "order by is_primary::boolean desc, contact_id) as contacts from deal_contacts group by "
        "deal_id) "
        "as linked using (deal_id)",
        "events": "select 'lead_status_changed' as type, 'lead' as entity_type, deal_id as "
        "entity_id, "
        f"{_EVENT}, actor_user_id as created_by, null as value_before, "
        "[{'lead_status': {'id': stage, 'pipeline_id': pipeline}}]::json as value_after from "
        "deal_stages "
        "union all select 'entity_responsible_changed', 'contact', contact_id, "
        f"{_EVENT}, null, [{{'responsible_user': {{'id': from_user_id}}}}]::json, "
        "[{'responsible_user': {'id': to_user_id}}]::json from contact_owners "
        "union all select if(action = 'add', 'entity_tag_added', 'entity_tag_deleted'), 'contact', "
        f"contact_id, {_EVENT}, actor_user_id, "
        "if(action = 'add', null, [{'tag': {'name': tag}}])::json, "
        "if(action = 'add', [{'tag': {'name': tag}}], null)::json from contact_tags "
        "union all select 'contact_deleted', 'contact', contact_id, "
        f"{at('updated_at')}, null, null, null from contacts where is_deleted = 'true'",
        "tasks": "select task_id as id, title as text, user_id as responsible_user_id, "
        "status = 'done' as is_completed, if(type = 'call', '1', if(type = 'meeting', '2', type)) "
        "as "
        f"task_type_id, {at('created_at')} as created_at, {at('due_at')} as complete_till, "
        f"{at('coalesce(done_at, created_at)')} as updated_at, coalesce(deal_id, contact_id) as "
        "entity_id, if(deal_id is null, 'contacts', 'leads') as entity_type from tasks",
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


def _dialects(con: duckdb.DuckDBPyConnection) -> dict:
    """The vendors that serve the company, by name."""
    spend = "select * from ad_spend where platform"
    return {
        "amocrm": _amocrm(con),
        "calltouch": calltouch.Dialect(
            _records(
                con,
                "select call_id as callId, epoch(started_at::timestamptz)::bigint as timestamp, "
                "from_phone as callerNumber, to_phone as phoneNumber, user_id as manager, "
                "status = 'answered' as successful, wait_seconds as waitingConnect, talk_seconds "
                "as "
                "duration, session_id as sessionId, visitor_id as clientId, source as utmSource, "
                "medium as utmMedium, campaign as utmCampaign, keyword, recording_url as callUrl "
                "from calls where direction = 'in'",
            ),
            [],
        ),
        "zadarma": zadarma.Dialect(
            _records(
                con,
                "select call_id as call_id, call_id as pbx_call_id, user_id as sip, to_phone as "
                "destination, strftime(started_at::timestamptz, '%Y-%m-%d %H:%M:%S') as callstart, "
                "vendor_status as "
                "disposition, talk_seconds as seconds from calls "
                "where direction = 'out' order by started_at",
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
                f"[{vendor}.main.secrets]\n"
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
            for company in (files, vendors):
                if name in CARRIED and company is vendors:
                    continue
                path = company.drop / DAY.isoformat() / f"{name}.csv"
                path.parent.mkdir(parents=True, exist_ok=True)
                columns = ", ".join(column.name for column in entity.columns)
                source = name if name in CARRIED else f"(select {columns} from latest_{name})"
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
