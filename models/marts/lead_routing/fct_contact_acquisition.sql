-- grain: one row per active panel and surviving contact that has one of the panel's source tags
with acquired as (
    select * from {{ ref('int_panel_contacts_acquired') }}
),

handed_over as (
    select * from {{ ref('int_panel_contacts_handed_over') }}
),

owned as (
    select * from {{ ref('int_panel_contacts_owned') }}
),

contacted as (
    select * from {{ ref('int_panel_contacts_contacted') }}
),

contacted_by as (
    select * from {{ ref('int_panel_steps_credited') }}
    where step = 'contacted'
),

reassigned as (
    select
        panel_id,
        contact_id,
        count(*) as reassigned_count
    from {{ ref('int_panel_contacts_reassigned') }}
    group by panel_id, contact_id
),

outbound as (
    select
        contact_id,
        started_at as occurred_at,
        {{ ordered_at('started_at', 'started_at_is_day') }} as ordered_at
    from {{ ref('fct_calls') }}
    where direction = 'out' and not is_internal

    union all

    select
        contact_id,
        sent_at as occurred_at,
        sent_at as ordered_at
    from {{ ref('fct_emails') }}
    where direction = 'out' and kind = 'one_to_one'
),

-- The work itself, beside the tag that says it began (LR-16).
worked as (
    select
        acquired.panel_id,
        acquired.contact_id,
        min_by(outbound.occurred_at, outbound.ordered_at) as first_activity_at
    from acquired
    inner join outbound
        on acquired.contact_id = outbound.contact_id
        and acquired.acquired_at <= outbound.ordered_at
    group by acquired.panel_id, acquired.contact_id
),

progress as (
    select * from {{ ref('int_panel_contacts_progressed') }}
),

panels as (
    select * from {{ ref('dim_lead_routing_panels') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

deleted_contacts as (
    select contact_id
    from {{ ref('int_contacts_survived') }}
    where is_deleted and contact_id = surviving_contact_id
),

final as (
    select
        acquired.panel_id,
        panels.panel_name,
        acquired.contact_id,
        acquired.source_tag,
        acquired.acquired_at,
        {{ local_date('acquired.acquired_at') }} as acquired_date,
        acquired.is_source_tie,
        handed_over.handed_over_at,
        {{ local_date('handed_over.handed_over_at') }} as handed_over_date,
        handed_over.handed_over_to,
        users.user_name as handed_over_to_name,
        coalesce(handed_over.handed_over_to, '(none)') as user_id,
        users.user_name,
        users.team,
        case
            when handed_over.handed_over_at >= acquired.acquired_at
                then {{ elapsed_hours('acquired.acquired_at', 'handed_over.handed_over_at') }}
        end as hours_to_handover,
        case
            when handed_over.contact_id is not null then 'handed_over'
            when owned.is_direct then 'direct'
            when owned.contact_id is null or owned.is_with_main then 'waiting'
            else 'other'
        end as handover_status,
        contacted.first_contacted_at,
        {{ local_date('contacted.first_contacted_at') }} as first_contacted_date,
        case
            when contacted.first_contacted_at >= acquired.acquired_at
                then {{ elapsed_hours('acquired.acquired_at', 'contacted.first_contacted_at') }}
        end as hours_to_first_contact,
        progress.cp1_entered_at,
        progress.cp2_entered_at,
        progress.final_entered_at,
        coalesce(
            progress.cp1_entered_at, progress.cp2_entered_at, progress.final_entered_at
        ) is not null as cp1_reached,
        coalesce(progress.cp2_entered_at, progress.final_entered_at) is not null as cp2_reached,
        progress.final_entered_at is not null as final_reached,
        progress.current_stage,
        coalesce(progress.current_kind = 'lost', false)
        or deleted_contacts.contact_id is not null as is_lost,
        coalesce(reassigned.reassigned_count, 0) as reassigned_count,
        worked.first_activity_at,
        contacted_by.user_id as contacted_by,
        callers.user_name as contacted_by_name
    from acquired
    left join panels on acquired.panel_id = panels.panel_id
    left join handed_over
        on acquired.panel_id = handed_over.panel_id
        and acquired.contact_id = handed_over.contact_id
    left join users on handed_over.handed_over_to = users.user_id
    left join owned
        on acquired.panel_id = owned.panel_id
        and acquired.contact_id = owned.contact_id
    left join contacted
        on acquired.panel_id = contacted.panel_id
        and acquired.contact_id = contacted.contact_id
    left join contacted_by
        on acquired.panel_id = contacted_by.panel_id
        and acquired.contact_id = contacted_by.contact_id
    left join users as callers on contacted_by.user_id = callers.user_id
    left join reassigned
        on acquired.panel_id = reassigned.panel_id
        and acquired.contact_id = reassigned.contact_id
    left join worked
        on acquired.panel_id = worked.panel_id
        and acquired.contact_id = worked.contact_id
    left join progress
        on acquired.panel_id = progress.panel_id
        and acquired.contact_id = progress.contact_id
    left join deleted_contacts on acquired.contact_id = deleted_contacts.contact_id
)

select * from final
