-- grain: one row per day of a forecast and deal that was open when it is made
with dates as (
    select
        forecast_date,
        is_today,
        -- Today everything before as_of is known, on other days what was before the day.
        case
            when is_today then cast('9999-12-31' as date) else forecast_date
        end as known_until
    from {{ ref('dim_forecast_dates') }}
),

spans as (
    select * from {{ ref('fct_deal_spans') }}
),

days as (
    select * from {{ ref('fct_deal_days') }}
),

chances as (
    select * from {{ ref('fct_stage_chances') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

standing as (
    select
        dates.forecast_date,
        dates.is_today,
        days.deal_id,
        days.pipeline,
        days.stage,
        days.amount_rc,
        days.planned_date
    from dates
    inner join spans
        on spans.open_from < dates.known_until
        and (spans.open_to >= dates.known_until or spans.open_to is null)
    inner join days
        on spans.deal_id = days.deal_id
        and days.date_day < dates.known_until
        and (days.until_day >= dates.known_until or days.until_day is null)
),

-- A stage from which nothing was won lately tells no day: then it may be any day now.
expected as (
    select
        standing.*,
        chances.probability,
        case
            when standing.planned_date >= standing.forecast_date then standing.planned_date
            else {{ add_days(
                'standing.forecast_date', 'floor(coalesce(chances.days_to_win, 0))'
            ) }}
        end as expected_date
    from standing
    inner join chances
        on standing.forecast_date = chances.forecast_date
        and standing.pipeline = chances.pipeline
        and standing.stage = chances.stage
)

select
    expected.forecast_date,
    expected.is_today,
    expected.deal_id,
    expected.pipeline,
    expected.stage,
    coalesce(deals.team, '(none)') as team,
    coalesce(deals.manager_user_id, '(none)') as manager_user_id,
    deals.manager_name,
    expected.amount_rc,
    expected.probability,
    expected.expected_date,
    {{ period_start('month', 'expected.expected_date') }} as month
from expected
inner join deals on expected.deal_id = deals.deal_id
