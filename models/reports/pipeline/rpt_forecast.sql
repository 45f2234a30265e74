-- grain: one row per month, pipeline, team, manager and method, as expected on the day of as_of
with forecasts as (
    select * from {{ ref('fct_forecasts') }}
)

select
    month,
    forecast_date,
    pipeline,
    team,
    manager_user_id,
    manager_name,
    method,
    deals_open,
    deals_without_amount,
    expected_deals,
    expected_rc,
    low_rc,
    high_rc,
    standard_deviation_rc
from forecasts
where is_today
