-- grain: one row per panel and day, every day from the panel's first event to its last (LR-29)
with {{ acquisition_events() }},

panels as (
    select * from {{ ref('dim_lead_routing_panels') }}
),

spans as (
    select
        panel_id,
        min(date_day) as first_day,
        max(date_day) as last_day
    from events
    group by panel_id
),

days as (
    {{ each_day('spans', 'first_day', 'last_day', ['panel_id']) }}
),

counts as (
    select
        panel_id,
        date_day,
        {{ acquisition_event_counts() }}
    from events
    group by panel_id, date_day
),

final as (
    select
        days.panel_id,
        days.date_day,
        coalesce(counts.acquired_contacts, 0) as acquired_contacts,
        coalesce(counts.handed_over_contacts, 0) as handed_over_contacts,
        coalesce(counts.contacted_contacts, 0) as contacted_contacts,
        panels.sellers_count
    from days
    inner join panels on days.panel_id = panels.panel_id
    left join counts
        on days.panel_id = counts.panel_id
        and days.date_day = counts.date_day
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
