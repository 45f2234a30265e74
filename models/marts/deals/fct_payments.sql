-- grain: one row per payment
with payments as (
    select * from {{ ref('int_payments_converted') }}
)

select
    payment_id,
    deal_id,
    paid_at,
    paid_date,
    amount,
    currency,
    amount_rc
from payments
