-- What became of the contacts that a lead-routing panel acquired from d1 to d2, of all salespeople or of
-- one (seller): a row for each of its sources, zeros included, and one for all (source_tag (all)).
create macro reports.lead_routing_flow(panel, d1, d2, seller := null) as table
with asked as (
    select * from reports.rpt_lead_routing_flow as flow
    where flow.panel_id = panel
        and flow.acquired_date between cast(d1 as date) and cast(d2 as date)
        and (seller is null or flow.user_id = seller)
),

sources as (
    select configured.source_tag
    from marts.dim_lead_routing_panel_sources as configured
    where configured.panel_id = panel

    union

    select asked.source_tag from asked
)

select
    coalesce(sources.source_tag, '(all)') as source_tag,
    cast(coalesce(sum(asked.acquired), 0) as bigint) as acquired,
    cast(coalesce(sum(asked.handed_over), 0) as bigint) as handed_over,
    cast(coalesce(sum(asked.contacted), 0) as bigint) as contacted,
    cast(coalesce(sum(asked.waiting), 0) as bigint) as waiting,
    cast(coalesce(sum(asked.direct_assigned), 0) as bigint) as direct_assigned,
    sum(asked.hours_to_handover_sum) / nullif(sum(asked.hours_to_handover_count), 0)
        as hours_to_handover_mean,
    cast(coalesce(sum(asked.hours_to_handover_count), 0) as bigint) as hours_to_handover_count,
    cast(coalesce(sum(asked.cp1_entered), 0) as bigint) as cp1_entered,
    cast(coalesce(sum(asked.cp1_now), 0) as bigint) as cp1_now,
    cast(coalesce(sum(asked.cp1_reached), 0) as bigint) as cp1_reached,
    cast(coalesce(sum(asked.cp2_entered), 0) as bigint) as cp2_entered,
    cast(coalesce(sum(asked.cp2_now), 0) as bigint) as cp2_now,
    cast(coalesce(sum(asked.cp2_reached), 0) as bigint) as cp2_reached,
    cast(coalesce(sum(asked.final_entered), 0) as bigint) as final_entered,
    cast(coalesce(sum(asked.final_now), 0) as bigint) as final_now,
    cast(coalesce(sum(asked.final_reached), 0) as bigint) as final_reached
from sources
left join asked on sources.source_tag = asked.source_tag
group by grouping sets ((), (sources.source_tag))
order by grouping(sources.source_tag) desc, acquired desc, 1
