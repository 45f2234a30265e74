-- grain: one row per day of a forecast, month of the next three, pipeline, team and manager
-- Only those with a deal won in the last three full months.
with dates as (
    select
        forecast_date,
        is_today,
        {{ period_start('month', 'forecast_date') }} as month
    from {{ ref('dim_forecast_dates') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

-- Months count from that of the company's first deal.
history as (
    select
        {{ period_start('month', 'min(least(created_date, outcome_date))') }} as first_month
    from deals
),

counted as (
    select
        dates.forecast_date,
        dates.is_today,
        dates.month,
        least(
            12,
            (year(dates.month) - year(history.first_month)) * 12
            + month(dates.month) - month(history.first_month)
        ) as months
    from dates
    cross join history
),

won as (
    select
        {{ period_start('month', 'outcome_date') }} as month,
        pipeline,
        coalesce(team, '(none)') as team,
        coalesce(manager_user_id, '(none)') as manager_user_id,
        max(manager_name) as manager_name,
        count(*) as deals,
        cast(sum(revenue_rc) as decimal(18, 2)) as revenue_rc
    from deals
    where is_won
    group by
        {{ period_start('month', 'outcome_date') }},
        pipeline,
        coalesce(team, '(none)'),
        coalesce(manager_user_id, '(none)')
),

placed as (
    select
        counted.*,
        won.pipeline,
        won.team,
        won.manager_user_id,
        won.manager_name,
        won.deals,
        won.revenue_rc,
        won.month >= {{ period_start('month', add_days('counted.month', -80)) }} as is_recent
    from counted
    inner join won
        on won.month < counted.month
        and won.month >= {{ period_start('month', add_days('counted.month', -350)) }}
),

summed as (
    select
        forecast_date,
        is_today,
        month,
        months,
        least(months, 3) as recent_months,
        pipeline,
        team,
        manager_user_id,
        max(manager_name) as manager_name,
        sum(case when is_recent then deals end) as deals,
        sum(case when is_recent then revenue_rc end) as revenue_rc,
        -- Months without a deal are zeros in the spread: they add to the number of months only.
        months * sum(cast(revenue_rc * revenue_rc as decimal(38, 4)))
        - cast(sum(revenue_rc) * sum(revenue_rc) as decimal(38, 4)) as spread
    from placed
    group by forecast_date, is_today, month, months, pipeline, team, manager_user_id
),

measured as (
    select
        *,
        {{ ratio('deals', 'recent_months') }} as deals_per_month,
        -- In decimals: a double would round half a cent either way.
        cast(round(
            revenue_rc * cast({{ ratio('1', 'recent_months') }} as decimal(13, 12)), 2
        ) as decimal(18, 2)) as revenue_per_month_rc,
        case
            when months >= 3 then sqrt({{ ratio('spread', 'months * (months - 1)') }})
        end as standard_deviation_rc
    from summed
    where deals > 0
)

-- The month of the forecast is the first of the next three that will be full.
{%- for n in [0, 1, 2] %}
select
    forecast_date,
    is_today,
    {{ period_start('month', add_days('month', 31 * n)) }} as month,
    pipeline,
    team,
    manager_user_id,
    manager_name,
    cast(months as bigint) as months,
    deals_per_month,
    revenue_per_month_rc,
    standard_deviation_rc
from measured
{%- if not loop.last %}

union all
{% endif %}
{%- endfor %}
