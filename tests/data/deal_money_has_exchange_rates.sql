-- Detects: deals, payments and spend in a foreign currency on a day without a rate (D-28).
-- Usually means: fx_rates was not delivered for that currency, or its latest rate is older than
-- rate_max_age_days. Their amounts are NULL in the reporting currency, never taken at 1. The
-- variable missing_rate_severity decides whether that stops the run (error) or only shows (warn).
-- A returned row is: one currency, with the days that have no rate.
with deals as (
    select
        linked.currency,
        converted.rate_date,
        'deal' as kind,
        linked.deal_id as key
    from {{ ref('int_deals_converted') }} as converted
    inner join {{ ref('int_deals_linked') }} as linked on converted.deal_id = linked.deal_id
    -- A future day has no rate yet; data quality counts these deals.
    where converted.lacks_rate and converted.rate_date < {{ as_of_date() }}
),

payments as (
    select
        currency,
        paid_date as rate_date,
        'payment' as kind,
        payment_id as key
    from {{ ref('fct_payments') }}
    where amount_rc is null
),

spend as (
    select
        currency,
        date_day as rate_date,
        'spend' as kind,
        cast(null as string) as key
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
    'No rate for ' || currency || ' on ' || cast(count(distinct rate_date) as string)
    || case
        when count(distinct rate_date) = 1 then ' day, ' || cast(min(rate_date) as string)
        else
            ' days from ' || cast(min(rate_date) as string)
            || ' to ' || cast(max(rate_date) as string)
    end
    || ': '
    || concat_ws(
        ', '
        {%- for kind, one, several in [
            ('deal', 'deal', 'deals'),
            ('payment', 'payment', 'payments'),
            ('spend', 'row of spend', 'rows of spend'),
        ] %},
        cast(nullif(count(*) filter (where kind = '{{ kind }}'), 0) as string)
        || case
            when count(*) filter (where kind = '{{ kind }}') = 1 then ' {{ one }}'
            else ' {{ several }}'
        end
        {%- endfor %}
    )
    || coalesce(
        ' (' || replace({{ smallest_keys("kind || ' ' || key") }}, ',', ', ') || ')', ''
    )
    || '. Land fx_rates for ' || currency
    || ' on or up to {{ var('rate_max_age_days') }} days before these days, name a fixed one in '
    || 'seeds/fixed_rates.csv, correct the currency where it is another one, or set the dbt '
    || 'variable missing_rate_severity to warn to publish '
    || 'without these amounts.' as problem
from lacking
group by currency
{{ config(
    severity=var('missing_rate_severity'),
    meta={'dagster': {'ref': {'name': 'int_deals_converted'}}},
) }}
