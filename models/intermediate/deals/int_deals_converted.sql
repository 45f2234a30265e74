-- grain: one row per deal, its amount and margin in the reporting currency: at its outcome day's
-- rate, its day of creation while open (D-28)
with deals as (
    select
        *,
        coalesce(outcome_date, created_date) as rate_date
    from {{ ref('int_deals_linked') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_filled') }}
),

final as (
    select
        deals.deal_id,
        deals.rate_date,
        {{ convert('deals.amount', 'deals.currency', 'rates.rate') }} as amount_rc,
        {{ convert('deals.margin', 'deals.currency', 'rates.rate') }} as margin_rc,
        {{ lacks_rate('coalesce(deals.amount, deals.margin)', 'deals.currency', 'rates.rate') }}
            as lacks_rate
    from deals
    left join rates
        on deals.currency = rates.currency
        and deals.rate_date = rates.date_day
)

select * from final
