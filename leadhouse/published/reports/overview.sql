-- The company from d1 to d2: a row for each channel and one for all (channel (all)). Of an employee only the
-- leads, the deals and their revenue; what is nobody's own is NULL.
create macro reports.overview(d1, d2, employee := null) as table
with events as (
    select
        days.channel,
        days.spend_rc,
        days.sessions,
        days.calls,
        days.enquiries,
        days.contacts,
        days.leads,
        days.deals_created,
        days.deals_won,
        days.revenue_rc,
        days.margin_rc,
        days.deals_with_margin
    from marts.fct_channel_days as days
    where employee is null and days.date_day between cast(d1 as date) and cast(d2 as date)

    union all by name

    select
        leads.channel,
        1 as leads
    from marts.fct_leads as leads
    where leads.owner_user_id = employee
        and leads.opened_date between cast(d1 as date) and cast(d2 as date)

    union all by name

    select
        deals.channel,
        1 as deals_created
    from marts.fct_deals as deals
    where deals.manager_user_id = employee
        and deals.created_date between cast(d1 as date) and cast(d2 as date)

    union all by name

    select
        deals.channel,
        1 as deals_won,
        deals.revenue_rc
    from marts.fct_deals as deals
    where deals.manager_user_id = employee
        and deals.is_won
        and deals.outcome_date between cast(d1 as date) and cast(d2 as date)
),

sums as (
    select
        coalesce(events.channel, '(all)') as channel,
        cast(sum(events.spend_rc) as decimal(18, 6)) as spend_rc,
        cast(sum(events.sessions) as bigint) as sessions,
        cast(sum(events.calls) as bigint) as calls,
        cast(sum(events.enquiries) as bigint) as enquiries,
        cast(sum(events.contacts) as bigint) as contacts,
        cast(coalesce(sum(events.leads), 0) as bigint) as leads,
        cast(coalesce(sum(events.deals_created), 0) as bigint) as deals_created,
        cast(coalesce(sum(events.deals_won), 0) as bigint) as deals_won,
        cast(coalesce(sum(events.revenue_rc), 0) as decimal(18, 2)) as revenue_rc,
        cast(sum(events.margin_rc) as decimal(18, 2)) as margin_rc,
        cast(sum(events.deals_with_margin) as bigint) as deals_with_margin
    from events
    group by grouping sets ((), (events.channel))
)

select
    sums.*,
    case
        when deals_with_margin = deals_won
            then 100 * cast(margin_rc - spend_rc as double) / nullif(cast(spend_rc as double), 0)
    end as romi_pct,
    100 * cast(revenue_rc - spend_rc as double) / nullif(cast(spend_rc as double), 0)
        as romi_revenue_pct
from sums
order by channel = '(all)' desc, revenue_rc desc, spend_rc desc nulls last, channel
