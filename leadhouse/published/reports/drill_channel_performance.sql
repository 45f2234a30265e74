-- The rows of facts behind a cell of rpt_channel_performance, by measure. NULL asks for any.
create macro reports.drill_channel_performance(
    date_day := null, channel := null, source := null, medium := null, campaign := null
) as table
with events as (
    select
        'impressions' as measure,
        'marts.fct_ad_spend' as table_name,
        events.spend_id as key,
        events.impressions as value,
        events.date_day as event_date,
        events.source,
        events.medium,
        events.campaign
    from marts.fct_ad_spend as events
    where events.impressions > 0

    union all

    select
        'clicks' as measure,
        'marts.fct_ad_spend' as table_name,
        events.spend_id as key,
        events.clicks as value,
        events.date_day as event_date,
        events.source,
        events.medium,
        events.campaign
    from marts.fct_ad_spend as events
    where events.clicks > 0

    union all

    select
        'spend_rc' as measure,
        'marts.fct_ad_spend' as table_name,
        events.spend_id as key,
        events.cost_rc as value,
        events.date_day as event_date,
        events.source,
        events.medium,
        events.campaign
    from marts.fct_ad_spend as events
    where events.cost_rc is not null

    union all

    select
        'planned_spend_rc' as measure,
        'marts.fct_ad_spend' as table_name,
        events.spend_id as key,
        events.cost_rc as value,
        events.date_day as event_date,
        events.source,
        events.medium,
        events.campaign
    from marts.fct_ad_spend as events
    where events.is_planned and events.cost_rc is not null

    union all

    select
        'sessions' as measure,
        'marts.fct_sessions' as table_name,
        events.session_id as key,
        1 as value,
        events.started_date as event_date,
        events.source,
        events.medium,
        events.campaign
    from marts.fct_sessions as events

    union all

    select
        'calls' as measure,
        'marts.fct_calls' as table_name,
        events.call_id as key,
        events.call_count as value,
        events.started_date as event_date,
        events.source,
        events.medium,
        events.campaign
    from marts.fct_calls as events
    where events.direction = 'in' and not events.is_internal

    union all

    select
        'enquiries' as measure,
        'marts.fct_enquiries' as table_name,
        events.enquiry_id as key,
        1 as value,
        events.occurred_date as event_date,
        events.source,
        events.medium,
        events.campaign
    from marts.fct_enquiries as events

    union all

    select
        'contacts' as measure,
        'marts.dim_contacts' as table_name,
        events.contact_id as key,
        1 as value,
        events.created_date as event_date,
        events.source,
        events.medium,
        events.campaign
    from marts.dim_contacts as events

    union all

    select
        'leads' as measure,
        'marts.fct_leads' as table_name,
        events.lead_id as key,
        1 as value,
        events.opened_date as event_date,
        events.source,
        events.medium,
        events.campaign
    from marts.fct_leads as events

    union all

    select
        'deals_created' as measure,
        'marts.fct_deals' as table_name,
        events.deal_id as key,
        1 as value,
        events.created_date as event_date,
        events.source,
        events.medium,
        events.campaign
    from marts.fct_deals as events

    union all

    select
        'deals_won' as measure,
        'marts.fct_deals' as table_name,
        events.deal_id as key,
        1 as value,
        events.outcome_date as event_date,
        events.source,
        events.medium,
        events.campaign
    from marts.fct_deals as events
    where events.is_won

    union all

    select
        'revenue_rc' as measure,
        'marts.fct_deals' as table_name,
        events.deal_id as key,
        events.revenue_rc as value,
        events.outcome_date as event_date,
        events.source,
        events.medium,
        events.campaign
    from marts.fct_deals as events
    where events.is_won and events.revenue_rc is not null
)

select
    events.measure,
    events.table_name,
    events.key,
    cast(events.value as decimal(28, 6)) as value
from events
left join marts.dim_channels as channels
    on events.source = channels.source
    and events.medium is not distinct from channels.medium
where reports.is_asked(events.event_date, date_day)
    and reports.is_asked(channels.channel, channel)
    and reports.is_asked(events.source, source)
    and reports.is_asked(events.medium, medium)
    and reports.is_asked(events.campaign, campaign)
