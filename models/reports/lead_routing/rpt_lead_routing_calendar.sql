-- grain: one row per panel and day, from its first event to the last complete day
with events as (
    select * from {{ ref('fct_acquisition_events') }}
),

panels as (
    select * from {{ ref('dim_lead_routing_panels') }}
),

spans as (
    select
        panel_id,
        min(event_date) as first_day,
        greatest(max(event_date), {{ add_days(as_of_date(), -1) }}) as last_day
    from events
    group by panel_id
),

days as (
    {{ each_day('spans', 'first_day', 'last_day', ['panel_id']) }}
),

seller_spans as (
    select
        panel_id,
        valid_from,
        valid_to,
        count(*) as sellers
    from {{ ref('dim_lead_routing_panel_sellers') }}
    group by panel_id, valid_from, valid_to
),

sellers as (
    select
        days.panel_id,
        days.date_day,
        cast(sum(seller_spans.sellers) as bigint) as sellers_count
    from days
    inner join seller_spans
        on days.panel_id = seller_spans.panel_id
        and (seller_spans.valid_from is null or seller_spans.valid_from <= days.date_day)
        and (seller_spans.valid_to is null or seller_spans.valid_to >= days.date_day)
    group by days.panel_id, days.date_day
),

counts as (
    select
        panel_id,
        event_date,
        count(*) filter (where event_type = 'acquired') as acquired_contacts,
        count(*) filter (where event_type = 'handed_over') as handed_over_contacts,
        count(*) filter (where event_type = 'contacted') as contacted_contacts
    from events
    group by panel_id, event_date
),

final as (
    select
        days.panel_id,
        panels.panel_name,
        days.date_day,
        coalesce(counts.acquired_contacts, 0) as acquired_contacts,
        coalesce(counts.handed_over_contacts, 0) as handed_over_contacts,
        coalesce(counts.contacted_contacts, 0) as contacted_contacts,
        coalesce(sellers.sellers_count, 0) as sellers_count
    from days
    inner join panels on days.panel_id = panels.panel_id
    left join sellers
        on days.panel_id = sellers.panel_id
        and days.date_day = sellers.date_day
    left join counts
        on days.panel_id = counts.panel_id
        and days.date_day = counts.event_date
)

select
    panel_id,
    panel_name,
    date_day,
    acquired_contacts,
    handed_over_contacts,
    contacted_contacts,
    sellers_count,
    {{ ratio('handed_over_contacts', 'sellers_count') }} as contacts_per_seller
from final
