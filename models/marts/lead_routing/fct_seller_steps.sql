-- grain: one row per panel, contact, step and user who owned the contact at that step's own instant
-- (D-02)
with acquisition as (
    select * from {{ ref('fct_contact_acquisition') }}
),

credited as (
    select * from {{ ref('int_panel_steps_credited') }}
),

reassigned as (
    select * from {{ ref('int_panel_contacts_reassigned') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

user_history as (
    select * from {{ ref('dim_user_history') }}
),

steps as (
    select
        panel_id,
        contact_id,
        step,
        user_id,
        ordered_at
    from credited

    union all

    select
        panel_id,
        contact_id,
        'reassigned_in' as step,
        to_user_id as user_id,
        ordered_at
    from reassigned

    union all

    select
        panel_id,
        contact_id,
        'reassigned_out' as step,
        coalesce(previous_user_id, '(none)') as user_id,
        ordered_at
    from reassigned
),

counted as (
    select
        steps.panel_id,
        steps.contact_id,
        steps.step,
        steps.user_id,
        {{ the_one('user_history.team') }} as team,
        count(*) as times
    from steps
    left join user_history
        on steps.user_id = user_history.user_id
        and {{ holds_at('user_history', 'steps.ordered_at') }}
    group by steps.panel_id, steps.contact_id, steps.step, steps.user_id
)

select
    counted.panel_id,
    acquisition.panel_name,
    counted.contact_id,
    acquisition.source_tag,
    acquisition.acquired_date,
    counted.step,
    counted.user_id,
    users.user_name,
    counted.team,
    counted.times
from counted
inner join acquisition
    on counted.panel_id = acquisition.panel_id
    and counted.contact_id = acquisition.contact_id
left join users on counted.user_id = users.user_id
