-- grain: one row per entity and source system that any row came from
{% for entity, contract in landing_contract().items() if contract.moments %}
{%- set latest = [] %}
{%- for moment in contract.moments %}
    {%- set is_date = contract.types[moment] == 'date' %}
    {%- set end = day_start(add_days(moment, 1)) if is_date else moment %}
    {%- do latest.append(
        'max(' ~ end ~ ') filter (where ' ~ end ~ (' <= ' if is_date else ' < ') ~ as_of() ~ ')'
    ) %}
{%- endfor %}
{{- 'union all' if not loop.first }}
select
    '{{ entity }}' as entity,
    source_system,
    {{ latest | join('') if latest | length == 1 else 'greatest(' ~ latest | join(', ') ~ ')' }} as last_event_at
from {{ ref('stg_' ~ entity) }}
group by source_system
{% endfor %}
