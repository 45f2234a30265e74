-- grain: one row per month, channel, source, medium and campaign (EE-15, EE-16)
with channel_days as (
    select
        *,
        {{ period_start('month', 'date_day') }} as month
    from {{ ref('fct_channel_days') }}
),

monthly as (
    select
        month,
        channel,
        source,
        medium,
        campaign,
        cast(sum(spend_rc) as decimal(18, 6)) as spend_rc,
        cast(sum(planned_spend_rc) as decimal(18, 6)) as planned_spend_rc,
        cast(sum(contacts) as bigint) as contacts,
        cast(sum(leads) as bigint) as leads,
        cast(sum(deals_created) as bigint) as deals_created,
        cast(sum(deals_won) as bigint) as deals_won,
        cast(sum(clients) as bigint) as clients,
        cast(sum(revenue_rc) as decimal(18, 2)) as revenue_rc,
        cast(sum(margin_rc) as decimal(18, 2)) as margin_rc,
        cast(sum(paid_rc) as decimal(18, 2)) as paid_rc,
        cast(sum(deals_with_margin) as bigint) as deals_with_margin,
        cast(sum(revenue_with_margin_rc) as decimal(18, 2)) as revenue_with_margin_rc
    from channel_days
    group by month, channel, source, medium, campaign
)

{{ channel_return('monthly') }}
