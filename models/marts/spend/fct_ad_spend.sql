-- grain: one row per landed spend row, and per day of a manual cost
with spend as (
    select * from {{ ref('int_spend_converted') }}
),

channels as (
    select * from {{ ref('dim_channels') }}
)

select
    spend.spend_id,
    spend.date_day,
    spend.platform,
    spend.account_id,
    spend.campaign_id,
    spend.campaign,
    spend.ad_group,
    spend.ad_id,
    spend.keyword,
    spend.source,
    spend.medium,
    channels.channel,
    spend.impressions,
    spend.clicks,
    spend.cost,
    spend.currency,
    spend.cost_rc,
    spend.kind,
    spend.is_planned
from spend
left join channels
    on spend.source = channels.source
    and spend.medium is not distinct from channels.medium
