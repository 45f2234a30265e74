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

users as (
    select * from {{ ref('dim_users') }}
),

events as (
    select
        contact_id,
        original_contact_id,
        occurred_at,
        occurred_at_is_day,
        'tag' as event_type,
        action || ' ' || tag as detail,
        tag,
        cast(null as string) as pipeline,
        cast(null as string) as stage,
        action,
        actor_user_id
    from tags

    union all

    select
        contact_id,
        original_contact_id,
        occurred_at,
        occurred_at_is_day,
        'stage' as event_type,
        pipeline || ' / ' || stage as detail,
        cast(null as string) as tag,
        pipeline,
        stage,
        cast(null as string) as action,
        actor_user_id
    from stages
)

select
    events.contact_id,
    persons.person_id,
    events.event_type,
    events.original_contact_id || ':' || events.detail as event_id,
    events.detail,
    events.occurred_at,
    events.occurred_at_is_day,
    events.tag,
    events.pipeline,
    events.stage,
    events.action,
    events.actor_user_id,
    users.user_name as actor_name
from events
left join persons on events.contact_id = persons.contact_id
left join users on events.actor_user_id = users.user_id
