-- grain: one row per day of a forecast, month, pipeline, team, manager and method
{%- set cell = 'forecast_date, is_today, month, pipeline, team, manager_user_id' %}
with open_deals as (
    select * from {{ ref('fct_forecast_deals') }}
),

run_rates as (
    select * from {{ ref('fct_run_rates') }}
),

-- When a month begins nothing is won in it: only today's forecast has such deals.
won_deals as (
    select
        dates.forecast_date,
        dates.is_today,
        {{ period_start('month', 'deals.outcome_date') }} as month,
        deals.pipeline,
        coalesce(deals.team, '(none)') as team,
        coalesce(deals.manager_user_id, '(none)') as manager_user_id,
        deals.manager_name,
        deals.revenue_rc
    from {{ ref('dim_forecast_dates') }} as dates
    inner join {{ ref('fct_deals') }} as deals
        on deals.outcome_date >= {{ period_start('month', 'dates.forecast_date') }}
    where dates.is_today and deals.is_won
),

won as (
    select
        {{ cell }},
        max(manager_name) as manager_name,
        count(*) as deals,
        count(*) - count(revenue_rc) as deals_without_amount,
        sum(revenue_rc) as won_rc
    from won_deals
    group by {{ cell }}
),

weighted as (
    select
        {{ cell }},
        max(manager_name) as manager_name,
        count(*) as deals_open,
        count(*) - count(amount_rc) as deals_without_amount,
        sum(probability) as deals,
        sum(cast(amount_rc * probability as decimal(38, 12))) as expected_rc,
        -- In whole millionths: a sum of doubles depends on its order.
        sum(cast(
            cast(amount_rc as double) * amount_rc * probability * (1 - probability)
            as decimal(38, 6)
        )) as variance
    from open_deals
    group by {{ cell }}
),

parts as (
    {%- for method in ['stage_weighted', 'won_plus_weighted'] %}
    select
        {{ cell }},
        '{{ method }}' as method,
        manager_name,
        deals_open,
        deals_without_amount,
        deals,
        expected_rc,
        variance,
        cast(null as decimal(18, 2)) as won_rc
    from weighted

    union all
    {% endfor %}
    select
        {{ cell }},
        'won_plus_weighted' as method,
        manager_name,
        0 as deals_open,
        deals_without_amount,
        deals,
        won_rc as expected_rc,
        cast(null as decimal(38, 6)) as variance,
        won_rc
    from won
),

forecasts as (
    select
        {{ cell }},
        method,
        max(manager_name) as manager_name,
        sum(deals_open) as deals_open,
        sum(deals_without_amount) as deals_without_amount,
        cast(sum(deals) as double) as expected_deals,
        cast(round(sum(expected_rc), 2) as decimal(18, 2)) as expected_rc,
        sqrt(cast(coalesce(sum(variance), 0) as double)) as standard_deviation_rc,
        coalesce(sum(won_rc), 0) as won_rc
    from parts
    group by {{ cell }}, method

    union all

    select
        run_rates.forecast_date,
        run_rates.is_today,
        run_rates.month,
        run_rates.pipeline,
        run_rates.team,
        run_rates.manager_user_id,
        'run_rate' as method,
        run_rates.manager_name,
        0 as deals_open,
        0 as deals_without_amount,
        run_rates.deals_per_month as expected_deals,
        run_rates.revenue_per_month_rc as expected_rc,
        run_rates.standard_deviation_rc,
        coalesce(won.won_rc, 0) as won_rc
    from run_rates
    left join won
        on run_rates.forecast_date = won.forecast_date
        and run_rates.month = won.month
        and run_rates.pipeline = won.pipeline
        and run_rates.team = won.team
        and run_rates.manager_user_id = won.manager_user_id
),

bounds as (
    select
        *,
        1.2816 * standard_deviation_rc as reach,
        expected_rc is not null and standard_deviation_rc is not null as is_bounded
    from forecasts
)

select
    {{ cell }},
    manager_name,
    method,
    cast(deals_open as bigint) as deals_open,
    cast(deals_without_amount as bigint) as deals_without_amount,
    expected_deals,
    expected_rc,
    cast(
        case when is_bounded then greatest(round(expected_rc - reach, 2), won_rc) end
        as decimal(18, 2)
    ) as low_rc,
    cast(
        case when is_bounded then greatest(round(expected_rc + reach, 2), won_rc) end
        as decimal(18, 2)
    ) as high_rc,
    standard_deviation_rc
from bounds
