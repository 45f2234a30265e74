-- grain: one row per panel, contact and event: acquired, handed over or contacted
with acquisition as (
    select * from {{ ref('fct_contact_acquisition') }}
),

events as (
    select
        panel_id,
        panel_name,
        contact_id,
        'acquired' as event_type,
        acquired_date as event_date,
        source_tag,
        user_id,
        user_name,
        team
    from acquisition

    union all

    select
        panel_id,
        panel_name,
        contact_id,
        'handed_over' as event_type,
        handed_over_date as event_date,
        source_tag,
        user_id,
        user_name,
        team
    from acquisition
    where handed_over_at is not null

    union all

    select
        panel_id,
        panel_name,
        contact_id,
        'contacted' as event_type,
        first_contacted_date as event_date,
        source_tag,
        user_id,
        user_name,
        team
    from acquisition
    where first_contacted_at is not null
)

select
    panel_id,
    panel_name,
    contact_id,
    event_type,
    event_date,
    source_tag,
    user_id,
    user_name,
    team
from events
