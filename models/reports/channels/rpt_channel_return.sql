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
        cast(sum(deals_created) as bigint) as deals_created,
        cast(sum(deals_won) as bigint) as deals_won,
        cast(sum(clients) as bigint) as clients,
        cast(sum(revenue_rc) as decimal(18, 2)) as revenue_rc,
        -- A margin that is unknown for one of the deals is unknown for the month.
        case
            when sum(deals_with_margin) = sum(deals_won)
                then cast(sum(margin_rc) as decimal(18, 2))
        end as margin_rc
    from channel_days
    group by month, channel, source, medium, campaign
)

select
    month,
    channel,
    source,
    medium,
    campaign,
    spend_rc,
    contacts,
    deals_created,
    deals_won,
    clients,
    revenue_rc,
    margin_rc,
    {{ ratio('spend_rc', 'contacts') }} as cpl,
    {{ ratio('spend_rc', 'clients') }} as cac,
    {{ ratio('spend_rc', 'deals_won') }} as cpo,
    {{ ratio('revenue_rc', 'spend_rc') }} as roas,
    100 * {{ ratio('margin_rc - spend_rc', 'spend_rc') }} as romi_pct,
    100 * {{ ratio('revenue_rc - spend_rc', 'spend_rc') }} as romi_revenue_pct,
    planned_spend_rc
from monthly
