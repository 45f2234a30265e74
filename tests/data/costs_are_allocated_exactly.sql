-- Detects: spend of a source, medium, campaign and kind whose allocations of a method, in a month
-- (spread) or on a day (direct), do not sum to it exactly, or the outcomes of rpt_wasted_spend, and
-- persons' costs that their deals do not carry.
-- Usually means: a join loses or doubles shares, or shares are rounded one by one.
-- A returned row is: one way to share, node and month or day, or one person.
{{ config(meta={'dagster': {'ref': {'name': 'fct_cost_allocations'}}}) }}
{%- set node = 'source, medium, campaign, kind' %}
{%- set ways = {
    'spread': period_start('month', 'date_day'),
    'direct': 'date_day',
    'outcomes of rpt_wasted_spend': period_start('month', 'date_day'),
} %}
with sides as (
    {%- for way, day in ways.items() %}
    select
        {{ node }},
        '{{ way }}' as way,
        {{ day }} as date_day,
        cost_rc as spend_rc,
        null as shared_rc
    from {{ ref('fct_ad_spend') }}

    union all
    {% endfor %}
    select
        {{ node }},
        method as way,
        date_day,
        null as spend_rc,
        amount_rc as shared_rc
    from {{ ref('fct_cost_allocations') }}

    union all

    select
        {{ node }},
        'outcomes of rpt_wasted_spend' as way,
        month as date_day,
        null as spend_rc,
        spend_rc as shared_rc
    from {{ ref('rpt_wasted_spend') }}
),

nodes as (
    select
        {{ node }},
        way,
        date_day,
        coalesce(sum(spend_rc), 0) as spend_rc,
        coalesce(sum(shared_rc), 0) as shared_rc
    from sides
    group by way, date_day, {{ node }}
),

persons as (
    select
        method,
        person_id,
        sum(amount_rc) as amount_rc
    from {{ ref('fct_cost_allocations') }}
    where person_id is not null
    group by method, person_id
),

deals as (
    {%- for method in ['spread', 'direct'] %}
    select
        '{{ method }}' as method,
        person_id,
        count(*) filter (where status <> 'deleted') as deals,
        sum(allocated_cost_{{ method }}_rc) as amount_rc
    from {{ ref('fct_deals') }}
    where person_id is not null
    group by person_id
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    'Spend of ' || source || ' / ' || coalesce(medium, '(none)') || ' / '
    || coalesce(campaign, '(none)') || ' (' || kind || ') in the month or on the day of '
    || cast(date_day as string) || ' is ' || cast(spend_rc as string) || ', but shared out ('
    || way || ') it sums to ' || cast(shared_rc as string)
    || ': look for a lost or doubled share in models/marts/spend/fct_cost_allocations.sql.'
        as problem
from nodes
where spend_rc <> shared_rc

union all

select
    'Person ' || deals.person_id || ' cost ' || cast(coalesce(persons.amount_rc, 0) as string)
    || ' (' || deals.method || '), but its deals carry '
    || cast(coalesce(deals.amount_rc, 0) as string)
    || ': look at the allocated costs in models/marts/deals/fct_deals.sql.' as problem
from deals
left join persons
    on deals.method = persons.method
    and deals.person_id = persons.person_id
where deals.deals > 0 and coalesce(deals.amount_rc, 0) <> coalesce(persons.amount_rc, 0)
