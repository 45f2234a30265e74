-- grain: one row per panel, day, source tag and salesperson; each count on its own date (D-01)
with acquisition as (
    select * from {{ ref('fct_contact_acquisition') }}
),

events as (
    select
        panel_id,
        acquired_date as date_day,
        source_tag,
        coalesce(handed_over_to, '(none)') as user_id,
        'acquired' as event
    from acquisition

    union all

    select
        panel_id,
        handed_over_date as date_day,
        source_tag,
        handed_over_to as user_id,
        'handed_over' as event
    from acquisition
    where handed_over_at is not null

    union all

    select
        panel_id,
        first_contacted_date as date_day,
        source_tag,
        coalesce(handed_over_to, '(none)') as user_id,
        'contacted' as event
    from acquisition
    where first_contacted_at is not null
),

final as (
    select
        panel_id,
        date_day,
        source_tag,
        user_id,
        count(*) filter (where event = 'acquired') as acquired_contacts,
        count(*) filter (where event = 'handed_over') as handed_over_contacts,
        count(*) filter (where event = 'contacted') as contacted_contacts
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
