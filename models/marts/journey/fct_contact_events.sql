-- grain: one row per tag or stage event of a contact
with tags as (
    select * from {{ ref('int_contact_tags_survived') }}
),

stages as (
    select * from {{ ref('int_contact_stages_survived') }}
),

persons as (
    select * from {{ ref('int_persons_resolved') }}
),

events as (
    select
        contact_id,
        original_contact_id,
        occurred_at,
        'tag' as event_type,
        action || ' ' || tag as detail
    from tags

    union all

    select
        contact_id,
        original_contact_id,
        occurred_at,
        'stage' as event_type,
        pipeline || ' / ' || stage as detail
    from stages
)

select
    events.contact_id,
    persons.person_id,
    events.event_type,
    events.original_contact_id || ':' || events.detail as event_id,
    events.detail,
    events.occurred_at
from events
left join persons on events.contact_id = persons.contact_id
