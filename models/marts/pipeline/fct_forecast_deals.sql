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

-- The forecast of today believes the latest card, as fct_deals does: without a time of its own it
-- counts from the beginning of its day, which is not before as_of.
stated as (
    select
        standing.forecast_date,
        standing.is_today,
        standing.deal_id,
        standing.pipeline,
        standing.stage,
        deals.team,
        deals.manager_user_id,
        deals.manager_name,
        case when standing.is_today then deals.amount_rc else standing.amount_rc end as amount_rc,
        case
            when standing.is_today then deals.closed_date
            else standing.planned_date
        end as planned_date
    from standing
    inner join deals on standing.deal_id = deals.deal_id
),

-- A stage from which nothing was won lately tells no day: then it may be any day now.
expected as (
    select
        stated.*,
        chances.probability,
        case
            when stated.planned_date >= stated.forecast_date then stated.planned_date
            else {{ add_days(
                'stated.forecast_date', 'floor(coalesce(chances.days_to_win, 0))'
            ) }}
        end as expected_date
    from stated
    inner join chances
        on stated.forecast_date = chances.forecast_date
        and stated.pipeline = chances.pipeline
        and stated.stage = chances.stage
)

select
    forecast_date,
    is_today,
    deal_id,
    pipeline,
    stage,
    coalesce(team, '(none)') as team,
    coalesce(manager_user_id, '(none)') as manager_user_id,
    manager_name,
    amount_rc,
    probability,
    expected_date,
    {{ period_start('month', 'expected_date') }} as month
from expected
