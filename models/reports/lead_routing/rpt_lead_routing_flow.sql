-- grain: one row per panel, day of acquisition, source tag and salesperson (cohort, D-01)
with acquisition as (
    select * from {{ ref('fct_contact_acquisition') }}
),

panels as (
    select * from {{ ref('dim_lead_routing_panels') }}
),

final as (
    select
        acquisition.panel_id,
        max(acquisition.panel_name) as panel_name,
        acquisition.acquired_date,
        acquisition.source_tag,
        acquisition.user_id,
        max(acquisition.user_name) as user_name,
        max(acquisition.team) as team,
        count(*) as acquired,
        count(acquisition.handed_over_at) as handed_over,
        count(acquisition.first_contacted_at) as contacted,
        count(*) filter (where acquisition.handover_status = 'waiting') as waiting,
        count(*) filter (where acquisition.handover_status = 'direct') as direct_assigned,
        -- Only hand-overs at or after the acquisition have a duration (D-10).
        coalesce(
            {{ sum_elapsed_hours(
                'acquisition.acquired_at',
                'case when acquisition.hours_to_handover is not null then acquisition.handed_over_at end'
            ) }},
            0
        ) as hours_to_handover_sum,
        count(acquisition.hours_to_handover) as hours_to_handover_count,
        count(acquisition.cp1_entered_at) as cp1_entered,
        count(*) filter (where acquisition.current_stage = panels.cp1_stage) as cp1_now,
        count(*) filter (where acquisition.cp1_reached) as cp1_reached,
        count(acquisition.cp2_entered_at) as cp2_entered,
        count(*) filter (where acquisition.current_stage = panels.cp2_stage) as cp2_now,
        count(*) filter (where acquisition.cp2_reached) as cp2_reached,
        count(acquisition.final_entered_at) as final_entered,
        count(*) filter (where acquisition.current_stage = panels.final_stage) as final_now,
        count(*) filter (where acquisition.final_reached) as final_reached
    from acquisition
    inner join panels on acquisition.panel_id = panels.panel_id
    group by
        acquisition.panel_id,
        acquisition.acquired_date,
        acquisition.source_tag,
        acquisition.user_id
)

select
    panel_id,
    panel_name,
    acquired_date,
    source_tag,
    user_id,
    user_name,
    team,
    acquired,
    handed_over,
    contacted,
    waiting,
    direct_assigned,
    hours_to_handover_sum,
    hours_to_handover_count,
    cp1_entered,
    cp1_now,
    cp1_reached,
    cp2_entered,
    cp2_now,
    cp2_reached,
    final_entered,
    final_now,
    final_reached
from final
