-- grain: one row per acquired panel contact and event of its main owner; with what the event means
-- to the panel
with acquired as (
    select * from {{ ref('int_panel_contacts_acquired') }}
),

panels as (
    select * from {{ ref('int_panels_configured') }}
),

sellers as (
    select * from {{ ref('lead_routing_panel_sellers') }}
),

restricted_panels as (
    select distinct panel_id from sellers
),

owner_events as (
    select
        *,
        {{ local_date('occurred_at') }} as occurred_date
    from {{ ref('int_contact_owners_survived') }}
    where lower(role) = 'main'
),

final as (
    select
        acquired.panel_id,
        acquired.contact_id,
        acquired.acquired_at,
        panels.handed_from_user_id,
        owner_events.from_user_id,
        owner_events.to_user_id,
        owner_events.occurred_at,
        owner_events.ordered_at,
        case
            when restricted_panels.panel_id is null
                then owner_events.to_user_id <> panels.handed_from_user_id
            else sellers.user_id is not null
        end as is_to_seller,
        coalesce(owner_events.from_user_id = panels.handed_from_user_id, false) as is_from_main,
        coalesce(
            owner_events.from_user_id,
            lag(owner_events.to_user_id) over (
                partition by acquired.panel_id, acquired.contact_id
                order by
                    owner_events.ordered_at,
                    owner_events.to_user_id,
                    owner_events.from_user_id nulls last
            )
        ) as previous_user_id
    from acquired
    inner join panels on acquired.panel_id = panels.panel_id
    inner join owner_events on acquired.contact_id = owner_events.contact_id
    left join restricted_panels on acquired.panel_id = restricted_panels.panel_id
    left join sellers
        on acquired.panel_id = sellers.panel_id
        and owner_events.to_user_id = sellers.user_id
        -- A seller counts on the days of the seed, both bounds included (LR-15).
        and (sellers.valid_from is null or sellers.valid_from <= owner_events.occurred_date)
        and (sellers.valid_to is null or sellers.valid_to >= owner_events.occurred_date)
)

select * from final
