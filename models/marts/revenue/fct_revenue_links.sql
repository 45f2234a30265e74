-- grain: one row per kind of period, period, slice and member: what its revenue was made of (EE-9)
{%- set links = {
    'spend_rc': 'decimal(18, 6)',
    'leads': 'bigint',
    'deals_created': 'bigint',
    'deals_won': 'bigint',
    'revenue_rc': 'decimal(18, 2)',
} %}
with channel_days as (
    select
        *,
        '(all)' as everybody
    from {{ ref('fct_channel_days') }}
),

leads as (
    select * from {{ ref('fct_leads') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

{#- Of each slice what measures its links: a relation, its member and day, the links it gives. #}
{%- set of_channels = {
    'spend_rc': 'spend_rc',
    'leads': 'leads',
    'deals_created': 'deals_created',
    'deals_won': 'deals_won',
    'revenue_rc': 'revenue_rc',
} %}
{%- set wins = {'deals_won': '1', 'revenue_rc': 'revenue_rc'} %}
{%- set events = [
    ('all', 'channel_days', 'everybody', 'date_day', 'true', of_channels),
    ('channel', 'channel_days', 'channel', 'date_day', 'true', of_channels),
    ('manager', 'leads', 'owner_user_id', 'opened_date', 'true', {'leads': '1'}),
    ('manager', 'deals', 'manager_user_id', 'created_date', 'true', {'deals_created': '1'}),
    ('manager', 'deals', 'manager_user_id', 'outcome_date', 'is_won', wins),
    ('pipeline', 'deals', 'pipeline', 'created_date', 'true', {'deals_created': '1'}),
    ('pipeline', 'deals', 'pipeline', 'outcome_date', 'is_won', wins),
] %}

events as (
    {%- for slice, relation, member, day, condition, given in events %}
    select
        {%- for link, type in links.items() %}
        cast({{ given.get(link, 'null') }} as {{ type }}) as {{ link }},
        {%- endfor %}
        '{{ slice }}' as slice,
        coalesce({{ member }}, '(none)') as member,
        {{ day }} as date_day
    from {{ relation }}
    where {{ condition }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

in_periods as (
    {%- for period in ['month', 'quarter'] %}
    select
        *,
        '{{ period }}' as period_type,
        {{ period_start(period, 'date_day') }} as period_start
    from events
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    {%- for link, type in links.items() %}
    cast(sum({{ link }}) as {{ type }}) as {{ link }},
    {%- endfor %}
    period_type,
    period_start,
    slice,
    member
from in_periods
group by period_type, period_start, slice, member
