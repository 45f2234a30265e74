-- grain: one row per panel, day, source tag and salesperson; each count on its own date (D-01)
with events as (
    select * from {{ ref('fct_acquisition_events') }}
)

select
    panel_id,
    max(panel_name) as panel_name,
    event_date as date_day,
    source_tag,
    user_id,
    max(user_name) as user_name,
    max(team) as team,
    count(*) filter (where event_type = 'acquired') as acquired_contacts,
    count(*) filter (where event_type = 'handed_over') as handed_over_contacts,
    count(*) filter (where event_type = 'contacted') as contacted_contacts
from events
group by panel_id, event_date, source_tag, user_id
