-- Detects: spend of a source, medium, campaign and month that its allocations, or the outcomes of
-- rpt_wasted_spend, do not sum to exactly, and persons' costs that their deals do not carry.
-- Usually means: a join loses or doubles shares, or shares are rounded one by one.
-- A returned row is: one node and month, or one person.
{{ config(meta={'dagster': {'ref': {'name': 'fct_cost_allocations'}}}) }}
{%- set node = 'month, source, medium, campaign, kind' %}
with sides as (
    select
        'spend' as side,
        {{ period_start('month', 'date_day') }} as month,
        source,
        medium,
        campaign,
        kind,
        cost_rc as amount_rc
    from {{ ref('fct_ad_spend') }}

    union all

    select
        method as side,
        date_day as month,
        source,
        medium,
        campaign,
        kind,
        amount_rc
    from {{ ref('fct_cost_allocations') }}

    union all

    select
        'wasted' as side,
        month,
        source,
        medium,
        campaign,
        kind,
        spend_rc as amount_rc
    from {{ ref('rpt_wasted_spend') }}
),

nodes as (
    select
        {%- for side in ['spend', 'spread', 'wasted'] %}
        coalesce(sum(amount_rc) filter (where side = '{{ side }}'), 0)
            as {{ side }}_rc,
        {%- endfor %}
        {{ node }}
    from sides
    group by {{ node }}
),

persons as (
    select
        person_id,
        sum(amount_rc) as amount_rc
    from {{ ref('fct_cost_allocations') }}
    where method = 'spread' and person_id is not null
    group by person_id
),

deals as (
    select
        person_id,
        count(*) filter (where status <> 'deleted') as deals,
        sum(allocated_cost_spread_rc) as amount_rc
    from {{ ref('fct_deals') }}
    where person_id is not null
    group by person_id
)

select
    'Spend of ' || source || ' / ' || coalesce(medium, '(none)') || ' / '
    || coalesce(campaign, '(none)') || ' (' || kind || ') in ' || cast(month as string) || ' is '
    || cast(spend_rc as string) || ', its allocations sum to ' || cast(spread_rc as string)
    || ' and its outcomes to ' || cast(wasted_rc as string)
    || ': look for a lost or doubled share in models/marts/spend/fct_cost_allocations.sql.'
        as problem
from nodes
where spend_rc <> spread_rc or spend_rc <> wasted_rc

union all

select
    'Person ' || deals.person_id || ' cost ' || cast(coalesce(persons.amount_rc, 0) as string)
    || ', but its deals carry ' || cast(coalesce(deals.amount_rc, 0) as string)
    || ': look at allocated_cost_spread_rc in models/marts/deals/fct_deals.sql.' as problem
from deals
left join persons on deals.person_id = persons.person_id
where deals.deals > 0 and coalesce(deals.amount_rc, 0) <> coalesce(persons.amount_rc, 0)
