-- grain: one row per acquired panel contact that has owner events: whether the main account owns it
-- now, whether a seller ever owned it in another way than by hand-over (D-12), and how often it was
-- reassigned after that (D-02)
with owner_events as (
    select * from {{ ref('int_panel_owner_events_classified') }}
),

handed_over as (
    select * from {{ ref('int_panel_contacts_handed_over') }}
),

ordered as (
    select
        *,
        coalesce(
            from_user_id,
            lag(to_user_id) over (
                partition by panel_id, contact_id
                order by ordered_at, to_user_id, from_user_id nulls last
            )
        ) as previous_user_id,
        row_number() over (
            partition by panel_id, contact_id
            order by ordered_at desc, to_user_id desc, from_user_id desc nulls last
        ) as latest_no
    from owner_events
),

final as (
    select
        ordered.panel_id,
        ordered.contact_id,
        bool_or(
            ordered.latest_no = 1 and ordered.to_user_id = ordered.handed_from_user_id
        ) as is_with_main,
        bool_or(ordered.is_to_seller and not ordered.is_from_main) as is_direct,
        count(*) filter (
            where ordered.ordered_at > handed_over.ordered_at
            and ordered.to_user_id is distinct from ordered.previous_user_id
        ) as reassigned_count
    from ordered
    left join handed_over
        on ordered.panel_id = handed_over.panel_id
        and ordered.contact_id = handed_over.contact_id
    group by ordered.panel_id, ordered.contact_id
)

select * from final
