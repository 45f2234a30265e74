-- Detects: deals, payments and spend in a foreign currency on a day without a rate (D-28).
-- Usually means: fx_rates was not delivered for that currency, or its latest rate is older than 7
-- days. Their amounts are NULL in the reporting currency, never taken at 1. The variable
-- missing_rate_severity decides whether that stops the run (error) or is only shown (warn).
-- A returned row is: one currency and day without a rate.
with deals as (
    select
        linked.currency,
        converted.rate_date,
        'deal' as kind
    from {{ ref('int_deals_converted') }} as converted
    inner join {{ ref('int_deals_linked') }} as linked on converted.deal_id = linked.deal_id
    -- A future day has no rate yet; data quality counts these deals.
    where converted.lacks_rate and converted.rate_date < {{ as_of_date() }}
),

payments as (
    select
        currency,
        paid_date as rate_date,
        'payment' as kind
    from {{ ref('fct_payments') }}
    where amount_rc is null
),

spend as (
    select
        currency,
        date_day as rate_date,
        'spend' as kind
    from {{ ref('int_spend_converted') }}
    where lacks_rate
),

lacking as (
    select * from deals
    union all
    select * from payments
    union all
    select * from spend
)

select
    'No exchange rate for ' || currency || ' on ' || cast(rate_date as string) || ' ('
    || cast(count(*) filter (where kind = 'deal') as string) || ' deals, '
    || cast(count(*) filter (where kind = 'payment') as string) || ' payments, '
    || cast(count(*) filter (where kind = 'spend') as string)
    || ' rows of spend): land fx_rates for ' || currency || ' on or up to 7 days before '
    || cast(rate_date as string)
    || ', or set the dbt variable missing_rate_severity to warn to publish without these amounts.'
        as problem
from lacking
group by currency, rate_date
{{ config(
    severity=var('missing_rate_severity'),
    meta={'dagster': {'ref': {'name': 'fct_deals'}}},
) }}
