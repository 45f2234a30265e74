-- grain: one row per acquired panel contact that has owner events: whether the main account owns it
-- now, and whether a seller ever owned it in another way than by hand-over (D-12), and since when
with owner_events as (
    select * from {{ ref('int_panel_owner_events_classified') }}
),

ordered as (
    select
        *,
        is_to_seller and not is_from_main as is_direct,
        row_number() over (
            partition by panel_id, contact_id
            order by ordered_at desc, to_user_id desc, from_user_id desc nulls last
        ) as latest_no,
        row_number() over (
            partition by panel_id, contact_id
            order by
                (is_to_seller and not is_from_main) desc,
                (ordered_at >= acquired_at) desc,
                ordered_at asc,
                to_user_id asc,
                occurred_at asc
        ) as direct_no
    from owner_events
),

final as (
    select
        panel_id,
        contact_id,
        bool_or(latest_no = 1 and to_user_id = handed_from_user_id) as is_with_main,
        bool_or(is_direct) as is_direct,
        max(ordered_at) filter (where direct_no = 1 and is_direct) as direct_ordered_at
    from ordered
    group by panel_id, contact_id
)

select * from final
