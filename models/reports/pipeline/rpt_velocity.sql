-- grain: one row per month, pipeline and team with any deal open at its end or decided in the
-- 90 days before
with deals as (
    select
        *,
        coalesce(team, '(none)') as team_or_none
    from {{ ref('fct_deals') }}
),

spans as (
    select * from {{ ref('fct_deal_spans') }}
),

-- The last day of each month; of the current one the eve of as_of.
months as (
    select
        month,
        max(date_day) as last_day
    from {{ ref('dim_dates') }}
    where date_day < {{ as_of_date() }}
    group by month
),

moves as (
    select
        deals.pipeline,
        deals.team_or_none,
        {{ period_start('month', 'spans.open_from') }} as month,
        1 as deals
    from spans
    inner join deals on spans.deal_id = deals.deal_id
    where spans.open_from < {{ as_of_date() }}

    union all

    select
        deals.pipeline,
        deals.team_or_none,
        {{ period_start('month', 'spans.open_to') }} as month,
        -1 as deals
    from spans
    inner join deals on spans.deal_id = deals.deal_id
    where spans.open_to < {{ as_of_date() }}
),

moved as (
    select
        pipeline,
        team_or_none,
        month,
        sum(deals) as deals
    from moves
    group by pipeline, team_or_none, month
),

balances as (
    select
        pipeline,
        team_or_none,
        month as first_month,
        coalesce(lead(month) over course, {{ as_of_date() }}) as until_month,
        sum(deals) over course as deals_open
    from moved
    window course as (
        partition by pipeline, team_or_none
        order by month
    )
),

measures as (
    select
        months.month,
        balances.pipeline,
        balances.team_or_none,
        balances.deals_open,
        cast(null as boolean) as is_won,
        cast(null as decimal(18, 2)) as amount_rc,
        cast(null as double) as cycle_days
    from balances
    inner join months
        on balances.first_month <= months.month
        and balances.until_month > months.month

    union all

    select
        months.month,
        deals.pipeline,
        deals.team_or_none,
        0 as deals_open,
        deals.is_won,
        deals.amount_rc,
        deals.cycle_days
    from deals
    inner join months
        on deals.outcome_date <= months.last_day
        and deals.outcome_date > {{ add_days('months.last_day', -90) }}
),

summed as (
    select
        month,
        pipeline,
        team_or_none as team,
        cast(sum(deals_open) as bigint) as deals_open,
        count(*) filter (where is_won) as won,
        count(*) filter (where not is_won) as lost,
        {{ ratio(
            'sum(case when is_won then amount_rc end)',
            'count(case when is_won then amount_rc end)'
        ) }} as deal_value,
        -- Days are added up in whole microseconds: a sum of doubles depends on its order.
        {{ ratio(
            'sum(cast(round(cycle_days * 86400000000) as bigint))',
            'count(cycle_days) * 86400000000'
        ) }} as cycle_days,
        {{ percentile('cycle_days', 0.5) }} as cycle_days_p50
    from measures
    group by month, pipeline, team_or_none
)

select
    month,
    pipeline,
    team,
    deals_open,
    won,
    lost,
    {{ ratio('won', 'won + lost') }} as win_rate,
    {{ wilson('low', 'won', '(won + lost)') }} as win_rate_low,
    {{ wilson('high', 'won', '(won + lost)') }} as win_rate_high,
    won + lost < {{ var('low_sample_below') }} as is_low_sample,
    deal_value,
    cycle_days,
    cycle_days_p50,
    {{ ratio(
        'deals_open * ' ~ ratio('won', 'won + lost') ~ ' * deal_value', 'cycle_days'
    ) }} as velocity_rc_per_day
from summed
where deals_open + won + lost > 0
