-- grain: one row per panel, day of acquisition, source tag and salesperson; zeros included
with acquisition as (
    select * from {{ ref('fct_contact_acquisition') }}
),

cohorts as (
    select distinct
        panel_id,
        panel_name,
        acquired_date,
        source_tag
    from acquisition
),

-- Every configured seller in every cohort, and whoever else got contacts of it.
members as (
    select
        cohorts.*,
        sellers.user_id
    from cohorts
    inner join {{ ref('dim_lead_routing_panel_sellers') }} as sellers
        on cohorts.panel_id = sellers.panel_id

    union

    select
        panel_id,
        panel_name,
        acquired_date,
        source_tag,
        user_id
    from acquisition
),

users as (
    select * from {{ ref('dim_users') }}
)

select
    members.panel_id,
    members.panel_name,
    members.acquired_date,
    members.source_tag,
    members.user_id,
    users.user_name,
    users.team,
    count(acquisition.handed_over_at) as handed_over,
    count(acquisition.first_contacted_at) as contacted,
    count(acquisition.cp1_entered_at) as cp1_entered,
    count(acquisition.cp2_entered_at) as cp2_entered,
    count(acquisition.final_entered_at) as final_entered
from members
left join acquisition
    on members.panel_id = acquisition.panel_id
    and members.acquired_date = acquisition.acquired_date
    and members.source_tag = acquisition.source_tag
    and members.user_id = acquisition.user_id
left join users on members.user_id = users.user_id
group by
    members.panel_id,
    members.panel_name,
    members.acquired_date,
    members.source_tag,
    members.user_id,
    users.user_name,
    users.team
