-- grain: one row per currency and day on which an amount counts: the rate it was converted at
with amounts as (
    select
        currency,
        coalesce(outcome_date, created_date) as date_day,
        coalesce(amount, margin) as amount
    from {{ ref('int_deals_linked') }}

    union all

    select
        currency,
        paid_date as date_day,
        amount
    from {{ ref('fct_payments') }}

    union all

    select
        currency,
        date_day,
        cost as amount
    from {{ ref('fct_ad_spend') }}
),

counted as (
    select
        currency,
        date_day,
        count(*) as amounts
    from amounts
    where currency is not null and amount is not null
    group by currency, date_day
),

rates as (
    select * from {{ ref('int_exchange_rates_filled') }}
)

select
    counted.currency,
    counted.date_day,
    case
        when counted.currency = {{ session_value('currency') }} then cast(1 as decimal(20, 12))
        else rates.rate
    end as rate,
    counted.amounts,
    case
        when counted.currency <> {{ session_value('currency') }} then rates.rate_source
    end as rate_source
from counted
left join rates
    on counted.currency = rates.currency
    and counted.date_day = rates.date_day
