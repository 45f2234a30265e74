-- grain: one row per tag event before as_of, on the contact it counts as
with events as (
    select * from {{ ref('stg_contact_tags') }}
    where occurred_at < {{ as_of() }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

final as (
    select
        coalesce(survivors.surviving_contact_id, events.contact_id) as contact_id,
        events.contact_id as original_contact_id,
        events.tag,
        events.action,
        events.actor_type,
        events.actor_user_id,
        events.occurred_at,
        events.occurred_at_is_day,
        {{ ordered_at('events.occurred_at', 'events.occurred_at_is_day') }} as ordered_at
    from events
    left join survivors on events.contact_id = survivors.contact_id
)

select * from final
