-- grain: one row per contact and span of time in which one user was its main owner (LR-5)
with events as (
    select * from {{ ref('int_contact_owners_survived') }}
    where lower(role) = 'main'
),

main_accounts as (
    select distinct handed_from_user_id from {{ ref('int_panels_configured') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

-- Of several hand-overs at one instant the one to the greatest id holds.
holding as (
    select
        events.contact_id,
        events.occurred_at as owned_from,
        events.to_user_id as owner_user_id,
        bool_or(main_accounts.handed_from_user_id is not null) as from_main_account
    from events
    left join main_accounts on events.from_user_id = main_accounts.handed_from_user_id
    group by events.contact_id, events.occurred_at, events.to_user_id
    qualify
        row_number() over (
            partition by events.contact_id, events.occurred_at
            order by events.to_user_id desc
        ) = 1
),

spans as (
    select
        contact_id,
        owner_user_id,
        owned_from,
        lead(owned_from) over (partition by contact_id order by owned_from) as owned_to,
        from_main_account
    from holding
)

select
    spans.contact_id,
    spans.owner_user_id,
    users.user_name as owner_name,
    spans.owned_from,
    spans.owned_to,
    spans.from_main_account
from spans
left join users on spans.owner_user_id = users.user_id
