-- grain: one row per currency of any amount, but the reporting one, and source of its rates
select
    currency,
    coalesce(rate_source, '(none)') as rate_source,
    min(date_day) as first_day,
    max(date_day) as last_day,
    count(*) as days_with_amounts,
    cast(sum(amounts) as bigint) as amounts
from {{ ref('fct_exchange_rates') }}
where currency <> {{ session_value('currency') }}
group by currency, rate_source
