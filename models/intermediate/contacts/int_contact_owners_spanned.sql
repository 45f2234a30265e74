-- grain: one row per contact and span of the order of events in which one user was its main owner
with events as (
    select * from {{ ref('int_contact_owners_survived') }}
    where lower(role) = 'main'
),

-- Of several events at one instant the one to the greatest id holds.
holding as (
    select
        contact_id,
        ordered_at as ordered_from,
        max(to_user_id) as owner_user_id
    from events
    group by contact_id, ordered_at
),

final as (
    select
        contact_id,
        owner_user_id,
        ordered_from,
        lead(ordered_from) over (partition by contact_id order by ordered_from) as ordered_to
    from holding
)

select * from final
