-- grain: one row per acquired panel contact that was handed over: by the earliest hand-over at or
-- after it was acquired, else by the earliest before
with owner_events as (
    select * from {{ ref('int_panel_owner_events_classified') }}
),

final as (
    select
        panel_id,
        contact_id,
        occurred_at as handed_over_at,
        to_user_id as handed_over_to,
        ordered_at
    from owner_events
    where is_from_main and is_to_seller
    qualify
        row_number() over (
            partition by panel_id, contact_id
            order by
                (ordered_at >= acquired_at) desc,
                ordered_at asc,
                to_user_id asc,
                occurred_at asc
        ) = 1
)

select * from final
