-- grain: one row per panel and day, every day from the panel's first event to its last (LR-29)
with daily as (
    select * from {{ ref('rpt_lead_routing_daily') }}
),

panels as (
    select * from {{ ref('dim_lead_routing_panels') }}
),

spans as (
    select
        panel_id,
        min(date_day) as first_day,
        max(date_day) as last_day
    from daily
    group by panel_id
),

days as (
    {{ each_day('spans', 'first_day', 'last_day', ['panel_id']) }}
),

counts as (
    select
        panel_id,
        date_day,
        sum(acquired_contacts) as acquired_contacts,
        sum(handed_over_contacts) as handed_over_contacts,
        sum(contacted_contacts) as contacted_contacts
    from daily
    group by panel_id, date_day
),

final as (
    select
        days.panel_id,
        days.date_day,
        cast(coalesce(counts.acquired_contacts, 0) as bigint) as acquired_contacts,
        cast(coalesce(counts.handed_over_contacts, 0) as bigint) as handed_over_contacts,
        cast(coalesce(counts.contacted_contacts, 0) as bigint) as contacted_contacts,
        panels.sellers_count
    from days
    left join counts
        on days.panel_id = counts.panel_id
        and days.date_day = counts.date_day
    inner join panels on days.panel_id = panels.panel_id
)

select
    panel_id,
    date_day,
    acquired_contacts,
    handed_over_contacts,
    contacted_contacts,
    sellers_count,
    {{ ratio('handed_over_contacts', 'sellers_count') }} as contacts_per_seller
from final
