-- grain: one row per day at which a forecast is made
{%- set eve = add_days(as_of_date(), -1) %}
{%- set this_month = period_start('month', eve) %}
select
    date_day as forecast_date,
    date_day = {{ as_of_date() }} as is_today
from {{ ref('dim_dates') }}
where
    date_day = {{ as_of_date() }}
    or (
        date_day = month
        and date_day <= {{ this_month }}
        and date_day > {{ add_days(this_month, -350) }}
    )
