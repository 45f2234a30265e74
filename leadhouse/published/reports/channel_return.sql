-- What came back for the money from d1 to d2, by channel, source, medium and campaign. Ratios are
-- computed from the sums of these days, as rpt_channel_return does for a month.
create macro reports.channel_return(d1, d2) as table
with sums as (
    select
        days.channel,
        days.source,
        days.medium,
        days.campaign,
        cast(sum(days.spend_rc) as decimal(18, 6)) as spend_rc,
        cast(sum(days.contacts) as bigint) as contacts,
        cast(sum(days.leads) as bigint) as leads,
        cast(sum(days.deals_created) as bigint) as deals_created,
        cast(sum(days.deals_won) as bigint) as deals_won,
        cast(sum(days.clients) as bigint) as clients,
        cast(sum(days.revenue_rc) as decimal(18, 2)) as revenue_rc,
        cast(sum(days.margin_rc) as decimal(18, 2)) as margin_rc,
        cast(sum(days.paid_rc) as decimal(18, 2)) as paid_rc,
        cast(sum(days.deals_with_margin) as bigint) as deals_with_margin
    from marts.fct_channel_days as days
    where days.date_day between cast(d1 as date) and cast(d2 as date)
    group by days.channel, days.source, days.medium, days.campaign
)

select
    sums.*,
    cast(spend_rc as double) / nullif(leads, 0) as cpl,
    cast(spend_rc as double) / nullif(contacts, 0) as cost_per_contact,
    cast(spend_rc as double) / nullif(clients, 0) as cac,
    cast(spend_rc as double) / nullif(deals_won, 0) as cpo,
    cast(revenue_rc as double) / nullif(cast(spend_rc as double), 0) as roas,
    case
        when deals_with_margin = deals_won
            then 100 * cast(margin_rc - spend_rc as double) / nullif(cast(spend_rc as double), 0)
    end as romi_pct,
    100 * cast(revenue_rc - spend_rc as double) / nullif(cast(spend_rc as double), 0)
        as romi_revenue_pct
from sums
order by channel, source, medium, campaign
