-- What came back for the money from d1 to d2: a row for each channel, source, medium or campaign, as level
-- says, and one for all (name (all)); within one channel, source and medium where these are given.
create macro reports.channel_return_by(
    d1, d2, level, channel := null, source := null, medium := null
) as table
with days as (
    select
        case level
            when 'channel' then events.channel
            when 'source' then events.source
            when 'medium' then coalesce(events.medium, '(none)')
            when 'campaign' then coalesce(events.campaign, '(none)')
            else error('The level is channel, source, medium or campaign.')
        end as name,
        events.*
    from marts.fct_channel_days as events
    where events.date_day between cast(d1 as date) and cast(d2 as date)
        and reports.is_asked(events.channel, channel)
        and reports.is_asked(events.source, source)
        and reports.is_asked(events.medium, medium)
),

sums as (
    select
        coalesce(days.name, '(all)') as name,
        cast(sum(days.spend_rc) as decimal(18, 6)) as spend_rc,
        cast(sum(days.contacts) as bigint) as contacts,
        cast(sum(days.leads) as bigint) as leads,
        cast(sum(days.deals_created) as bigint) as deals_created,
        cast(sum(days.deals_won) as bigint) as deals_won,
        cast(sum(days.clients) as bigint) as clients,
        cast(sum(days.revenue_rc) as decimal(18, 2)) as revenue_rc,
        cast(sum(days.margin_rc) as decimal(18, 2)) as margin_rc,
        cast(sum(days.deals_with_margin) as bigint) as deals_with_margin
    from days
    group by grouping sets ((), (days.name))
)

select
    sums.*,
    cast(spend_rc as double) / nullif(leads, 0) as cpl,
    cast(spend_rc as double) / nullif(clients, 0) as cac,
    case
        when deals_with_margin = deals_won
            then 100 * cast(margin_rc - spend_rc as double) / nullif(cast(spend_rc as double), 0)
    end as romi_pct,
    100 * cast(revenue_rc - spend_rc as double) / nullif(cast(spend_rc as double), 0)
        as romi_revenue_pct
from sums
order by name = '(all)' desc, spend_rc desc nulls last, revenue_rc desc, name
