-- grain: one row per entity and source system that any row came from
{{ config(materialized='table') }}
{%- set begins = day_start(as_of_date()) %}
{%- for entity, contract in landing_contract().items() if contract.moments %}
{%- set latest = [] %}
{%- for moment in contract.moments %}
{%- set is_date = contract.types[moment] == 'date' %}
{%- set end = day_start(add_days(moment, 1)) if is_date else moment %}
{%- set before = ' <= ' if is_date else ' < ' %}
{%- do latest.append('max(' ~ end ~ ') filter (where ' ~ end ~ before ~ as_of() ~ ')') %}
{%- endfor %}
{%- set event_at = latest[0] if latest | length == 1 else 'greatest(' ~ latest | join(', ') ~ ')' %}
{%- set event = contract.event_time %}
{%- set last_before = 'max(' ~ event ~ ') filter (where ' ~ event ~ ' < ' if event %}
{%- if event and contract.types[event] == 'date' %}
{%- set whole_day = last_before ~ as_of_date() ~ ')' %}
{%- elif event %}
{%- set whole_day = local_date(last_before ~ begins ~ ')') %}
{%- else %}
{%- set whole_day = 'cast(null as date)' %}
{%- endif %}
{{ 'union all' if not loop.first }}
select
    '{{ entity }}' as entity,
    source_system,
    {{ event_at }} as last_event_at,
    {{ whole_day }} as last_whole_day
from {{ ref('stg_' ~ entity) }}
group by source_system
{%- endfor %}
