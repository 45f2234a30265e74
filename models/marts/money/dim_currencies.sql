-- grain: one row per currency that any amount is in, and the reporting one, with the rates used
with rates as (
    select * from {{ ref('fct_exchange_rates') }}
),

currencies as (
    select currency from rates

    union

    select {{ session_value('currency') }} as currency
)

select
    currencies.currency,
    currencies.currency = {{ session_value('currency') }} as is_reporting,
    {{ session_value('currency') }} as reporting_currency,
    min(rates.date_day) as first_day,
    max(rates.date_day) as last_day,
    max_by(rates.rate, rates.date_day) filter (where rates.rate is not null) as last_rate,
    min(rates.rate) as lowest_rate,
    max(rates.rate) as highest_rate,
    count(rates.rate) as days_with_rate,
    count(rates.currency) - count(rates.rate) as days_without_rate
from currencies
left join rates on currencies.currency = rates.currency
group by currencies.currency
