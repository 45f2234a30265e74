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

steps as (
    select
        panel_id,
        contact_id,
        step,
        user_id
    from credited

    union all

    select
        panel_id,
        contact_id,
        'reassigned_in' as step,
        to_user_id as user_id
    from reassigned

    union all

    select
        panel_id,
        contact_id,
        'reassigned_out' as step,
        coalesce(previous_user_id, '(none)') as user_id
    from reassigned
),

counted as (
    select
        panel_id,
        contact_id,
        step,
        user_id,
        count(*) as times
    from steps
    group by panel_id, contact_id, step, user_id
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
    users.team,
    counted.times
from counted
inner join acquisition
    on counted.panel_id = acquisition.panel_id
    and counted.contact_id = acquisition.contact_id
left join users on counted.user_id = users.user_id
