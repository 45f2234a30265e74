-- grain: one row per panel, day, source tag and salesperson; each count on its own date (D-01)
with {{ acquisition_events() }},

final as (
    select
        panel_id,
        date_day,
        source_tag,
        user_id,
        {{ acquisition_event_counts() }}
    from events
    group by panel_id, date_day, source_tag, user_id
)

select
    panel_id,
    date_day,
    source_tag,
    user_id,
    acquired_contacts,
    handed_over_contacts,
    contacted_contacts
from final
