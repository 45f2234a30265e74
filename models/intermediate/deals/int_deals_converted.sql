-- grain: one row per deal, its money in the reporting currency: at its outcome day's rate, its day
-- of creation while open (D-28)
with deals as (
    select
        *,
        coalesce(outcome_date, created_date) as rate_date
    from {{ ref('int_deals_linked') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_filled') }}
),

payments as (
    select * from {{ ref('int_payments_converted') }}
),

paid as (
    select
        deal_id,
        case
            when count(*) = count(amount_rc) then cast(sum(amount_rc) as decimal(18, 2))
        end as paid_rc
    from payments
    group by deal_id
),

-- Without a single payment the company does not deliver payments: not measurable, not 0.
payments_measured as (
    select count(*) > 0 as is_measured from payments
),

final as (
    select
        deals.deal_id,
        deals.rate_date,
        {{ convert('deals.amount', 'deals.currency', 'rates.rate') }} as amount_rc,
        {{ convert('deals.margin', 'deals.currency', 'rates.rate') }} as margin_rc,
        {{ lacks_rate('coalesce(deals.amount, deals.margin)', 'deals.currency', 'rates.rate') }}
            as lacks_rate,
        case
            when paid.deal_id is not null then paid.paid_rc
            when payments_measured.is_measured then cast(0 as decimal(18, 2))
        end as paid_rc
    from deals
    cross join payments_measured
    left join rates
        on deals.currency = rates.currency
        and deals.rate_date = rates.date_day
    left join paid on deals.deal_id = paid.deal_id
)

select * from final
