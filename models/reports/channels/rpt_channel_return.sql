-- grain: one row per month, channel, source, medium and campaign (EE-15, EE-16)
with performance as (
    select * from {{ ref('fct_channel_days') }}
),

won_deals as (
    select
        outcome_date as date_day,
        channel,
        source,
        medium,
        campaign,
        margin_rc,
        deal_id,
        person_id,
        row_number() over (
            partition by person_id order by outcome_date, deal_id
        ) as won_no
    from {{ ref('fct_deals') }}
    where is_won
),

margins as (
    select
        {{ period_start('month', 'date_day') }} as month,
        channel,
        source,
        medium,
        campaign,
        sum(margin_rc) as margin_rc,
        count(margin_rc) as deals_with_margin,
        count(*) filter (where person_id is not null and won_no = 1) as clients
    from won_deals
    group by 1, 2, 3, 4, 5
),

monthly as (
    select
        {{ period_start('month', 'date_day') }} as month,
        channel,
        source,
        medium,
        campaign,
        cast(sum(spend_rc) as decimal(18, 2)) as spend_rc,
        cast(sum(planned_spend_rc) as decimal(18, 2)) as planned_spend_rc,
        cast(sum(contacts) as bigint) as contacts,
        cast(sum(deals_created) as bigint) as deals_created,
        cast(sum(deals_won) as bigint) as deals_won,
        cast(sum(revenue_rc) as decimal(18, 2)) as revenue_rc
    from performance
    group by 1, 2, 3, 4, 5
),

final as (
    select
        monthly.month,
        monthly.channel,
        monthly.source,
        monthly.medium,
        monthly.campaign,
        monthly.spend_rc,
        monthly.planned_spend_rc,
        monthly.contacts,
        monthly.deals_created,
        monthly.deals_won,
        coalesce(margins.clients, 0) as clients,
        monthly.revenue_rc,
        case
            when monthly.deals_won = coalesce(margins.deals_with_margin, 0)
                then cast(coalesce(margins.margin_rc, 0) as decimal(18, 2))
        end as margin_rc
    from monthly
    left join margins
        on monthly.month = margins.month
        and monthly.channel is not distinct from margins.channel
        and monthly.source is not distinct from margins.source
        and monthly.medium is not distinct from margins.medium
        and monthly.campaign is not distinct from margins.campaign
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
from final
