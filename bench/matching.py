"""Call matching alone: a year of a large company's calls through the project's own models.

Rows are made in SQL, as landing leaves them, and dbt then runs the models up to
``fct_calls`` and nothing else. Interval matching must not blow up: at these sizes a cross
product of the calls and leases of each number would be ten thousand million pairs.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from bench.measure import Cost, measure
from bench.product import environment, node_seconds
from ingestion.load_log import Counts, Identity, Key, write_load
from ingestion.warehouse import landed_file, open_warehouse, show_landed
from leadhouse.build import prepare_candidate
from leadhouse.database import open_candidate
from leadhouse.dbt_project import dbt_command, dbt_environment
from leadhouse.paths import PROJECT_ROOT
from leadhouse.settings import Settings, load_settings

CALLS = 2_000_000
SESSIONS = 5_000_000
LEASES = 3_000_000
CONTACTS = 200_000
POOL_NUMBERS = 500

MATCHING_MODELS = ("int_calls_leased", "int_calls_traced", "fct_calls")
"""The models that match, of those that ran: the others type, source and identify rows."""

_LAST_MODEL = "fct_calls"

# One row number, one dice roll: the same rows every time. Seconds count from 2025-11-01 UTC.
_MACROS = """
create temp macro roll(i, salt, sides) as cast(hash(i, salt) % sides as bigint);
create temp macro moment(seconds) as
    cast(make_timestamp((1761955200 + seconds) * 1000000) as varchar);
create temp macro session_second(i) as roll(i, 'session', 31500000);
create temp macro pool_number(i, salt) as printf('+4822600%04d', roll(i, salt, {pool}));
create temp macro person_number(i) as printf('+48530%06d', i);
"""

_ROWS = {
    "sessions": """
        select 's' || i as session_id, 'v' || roll(i, 'visitor', 2000000) as visitor_id,
            moment(session_second(i)) as started_at,
            ['google', 'facebook', 'newsletter', null][1 + roll(i, 'source', 4)] as utm_source,
            ['cpc', 'paid_social', 'email', null][1 + roll(i, 'source', 4)] as utm_medium,
            case when roll(i, 'source', 4) < 3 then 'campaign-' || roll(i, 'campaign', 40) end
                as utm_campaign,
            'https://xyz.example/' as landing_page
        from range({sessions}) r(i)
    """,
    "number_leases": """
        select pool_number(i, 'lease') as phone, 's' || i as session_id,
            'v' || roll(i, 'visitor', 2000000) as visitor_id,
            moment(session_second(i) + 5) as leased_at,
            case when roll(i, 'open', 50) > 0
                then moment(session_second(i) + 905 + roll(i, 'held', 900)) end as released_at
        from range({leases}) r(i)
    """,
    "calls": """
        select 'c' || i as call_id, moment(roll(i, 'call', 31500000)) as started_at,
            case when roll(i, 'way', 10) = 0 then 'out' else 'in' end as direction,
            person_number(roll(i, 'caller', 600000)) as from_phone,
            case roll(i, 'dialled', 10) when 0 then '+48225552000' when 1 then '+48225551001'
                else pool_number(i, 'dialled pool') end as to_phone,
            'answered' as status, '60' as talk_seconds,
            case when roll(i, 'vendor', 50) = 0 then 's' || roll(i, 'vendor session', {sessions})
                end as session_id
        from range({calls}) r(i)
    """,
    "contacts": """
        select 'k' || i as contact_id, moment(roll(i, 'contact', 31500000)) as created_at,
            person_number(i) as phone
        from range({contacts}) r(i)
    """,
    "tracking_numbers": """
        select * from (values
            ('+48225551001', 'static_offline', '2025-10-01', 'leaflet', 'offline'),
            ('+48225552000', 'own', '2025-10-01', null, null)
        ) v(phone, kind, valid_from, source, medium)
    """,
}


@dataclass(frozen=True)
class Matching:
    """What matching cost: dbt's whole process, seconds a model, and calls by match method."""

    cost: Cost
    models: list[tuple[str, float]]
    methods: list[tuple[str, int]]

    @property
    def seconds(self) -> float:
        """Seconds of the matching models together; they depend on each other, so they add up."""
        return sum(seconds for name, seconds in self.models if name in MATCHING_MODELS)


def measure_matching(scratch: Path) -> Matching:
    """Make the rows in a home under ``scratch``, run the models on them, remove the home."""
    home = scratch / "home-matching"
    settings = load_settings(environment(scratch / "no-drop", home))
    try:
        _land(settings)
        target = prepare_candidate(settings)
        command = (
            *(*dbt_command(), "build", "--select", f"+{_LAST_MODEL}"),
            *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
        )
        environ = dbt_environment(settings, target) | environment(settings.drop, home)
        cost = measure(command, PROJECT_ROOT, environ)
        models = [
            (name.rsplit(".", 1)[-1], seconds)
            for name, seconds in node_seconds(target)
            if name.startswith("model.")
        ]
        with open_candidate(settings, read_only=True) as database:
            methods = database.execute(
                f"select match_method, count(*) from leadhouse.marts.{_LAST_MODEL} "
                "group by all order by 2 desc, 1"
            ).fetchall()
        return Matching(cost, models, [(str(name), int(count)) for name, count in methods])
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _land(settings: Settings) -> None:
    """Land the rows as if they had been delivered."""
    sizes = {
        "sessions": SESSIONS,
        "leases": LEASES,
        "calls": CALLS,
        "contacts": CONTACTS,
        "pool": POOL_NUMBERS,
    }
    with open_warehouse(settings) as database:
        database.execute("set preserve_insertion_order = false")
        database.execute(_MACROS.format(**sizes))
        for entity, rows in _ROWS.items():
            key = Key(entity, date(2026, 11, 2), f"{entity}.sql", None)
            identity = Identity(key, sha256="", fingerprint="bench")
            landed = landed_file(settings, key, identity.load_id)
            landed.parent.mkdir(parents=True)
            count = database.execute(
                f"copy (select *, '{key.file}' as _source_file, row_number() over () as "
                f"_row_number, date '{key.delivery_date}' as _delivery_date, "
                f"'{identity.load_id}' as _load_id, timestamptz '2026-11-02' as _loaded_at "
                f"from ({rows.format(**sizes)})) to '{landed}' (format parquet)"
            ).fetchall()[0][0]
            counts = Counts(read=count, loaded=count)
            write_load(database, identity, "loaded", counts, loaded_at=datetime.now(UTC))
        show_landed(database, settings)
