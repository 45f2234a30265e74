-- grain: one row per deal and product in it
with items as (
    select * from {{ ref('stg_deal_items') }}
),

deals as (
    select * from {{ ref('int_deals_decided') }}
)

select
    items.deal_id,
    items.product,
    items.quantity,
    items.amount,
    items.currency,
    deals.created_date,
    deals.outcome_date,
    deals.status
from items
left join deals on items.deal_id = deals.deal_id
