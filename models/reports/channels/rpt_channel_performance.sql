-- grain: one row per day, channel, source, medium and campaign; each measure on its own date
-- (DJ-42, EE-12)
with channel_days as (
    select * from {{ ref('fct_channel_days') }}
)

select
    date_day,
    channel,
    source,
    medium,
    campaign,
    impressions,
    clicks,
    spend_rc,
    sessions,
    calls,
    enquiries,
    contacts,
    leads,
    deals_created,
    deals_won,
    revenue_rc,
    planned_spend_rc
from channel_days
