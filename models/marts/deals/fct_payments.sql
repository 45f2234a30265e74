-- grain: one row per payment
with payments as (
    select
        *,
        {{ local_date('paid_at') }} as paid_date
    from {{ ref('stg_payments') }}
    where paid_at < {{ as_of() }}
),

rates as (
    select * from {{ ref('int_exchange_rates_filled') }}
)

select
    payments.payment_id,
    payments.deal_id,
    payments.paid_at,
    payments.paid_at_is_day,
    payments.paid_date,
    payments.amount,
    payments.currency,
    {{ convert('payments.amount', 'payments.currency', 'rates.rate') }} as amount_rc
from payments
left join rates
    on payments.currency = rates.currency
    and payments.paid_date = rates.date_day
