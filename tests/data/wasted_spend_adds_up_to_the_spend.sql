{{ config(meta={'dagster': {'ref': {'name': 'rpt_wasted_spend'}}}) }}
-- Detects: a month, channel and campaign whose classes do not add up to its spend (EE-11).
-- Usually means: a class joined twice, or spend that falls into none.
-- A returned row is: one month, channel and campaign.
with spent as (
    select
        {{ period_start('month', 'date_day') }} as first_day,
        channel,
        campaign,
        sum(cost_rc) as total
    from {{ ref('fct_ad_spend') }}
    group by 1, 2, 3
),

classed as (
    select
        month as first_day,
        channel,
        campaign,
        sum(spend_rc) as total
    from {{ ref('rpt_wasted_spend') }}
    group by 1, 2, 3
)

select
    'rpt_wasted_spend: ' || cast(coalesce(spent.first_day, classed.first_day) as string)
    || ', channel ' || coalesce(spent.channel, classed.channel, 'NULL') || ', campaign '
    || coalesce(spent.campaign, classed.campaign, 'NULL') || ' has '
    || coalesce(cast(classed.total as string), 'no row') || ', fct_ad_spend '
    || coalesce(cast(spent.total as string), 'no row')
    || '; look for a class that is missing or doubled in rpt_wasted_spend.' as problem
from spent
full join classed
    on spent.first_day = classed.first_day
    and spent.channel is not distinct from classed.channel
    and spent.campaign is not distinct from classed.campaign
where coalesce(spent.total, 0) <> coalesce(classed.total, 0)
