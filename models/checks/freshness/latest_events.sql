-- grain: one row per entity and source system that any row came from
{%- for entity, contract in landing_contract().items() if contract.moments %}
{%- set latest = [] %}
{%- for moment in contract.moments %}
{%- set is_date = contract.types[moment] == 'date' %}
{%- set end = day_start(add_days(moment, 1)) if is_date else moment %}
{%- set before = ' <= ' if is_date else ' < ' %}
{%- do latest.append('max(' ~ end ~ ') filter (where ' ~ end ~ before ~ as_of() ~ ')') %}
{%- endfor %}
{%- set event_at = latest[0] if latest | length == 1 else 'greatest(' ~ latest | join(', ') ~ ')' %}
{{ 'union all' if not loop.first }}
select
    '{{ entity }}' as entity,
    source_system,
    {{ event_at }} as last_event_at
from {{ ref('stg_' ~ entity) }}
group by source_system
{%- endfor %}
