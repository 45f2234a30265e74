-- grain: one row per contact and span of the order of events in which one user was its main owner
with events as (
    select * from {{ ref('int_contact_owners_survived') }}
    where lower(role) = 'main'
),

main_accounts as (
    select distinct handed_from_user_id from {{ ref('int_panels_configured') }}
),

-- Of several events at one instant the one to the greatest id holds.
holding as (
    select
        events.contact_id,
        events.ordered_at as ordered_from,
        events.to_user_id as owner_user_id,
        bool_or(main_accounts.handed_from_user_id is not null) as from_main_account
    from events
    left join main_accounts on events.from_user_id = main_accounts.handed_from_user_id
    group by events.contact_id, events.ordered_at, events.to_user_id
    qualify
        row_number() over (
            partition by events.contact_id, events.ordered_at
            order by events.to_user_id desc
        ) = 1
),

final as (
    select
        contact_id,
        owner_user_id,
        from_main_account,
        ordered_from,
        lead(ordered_from) over (partition by contact_id order by ordered_from) as ordered_to
    from holding
)

select * from final
