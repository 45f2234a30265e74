-- What became of the contacts that a lead-routing panel acquired from d1 to d2, of all salespeople or of
-- one (seller): a row for each source and one for all (source_tag (all)).
create macro reports.lead_routing_flow(panel, d1, d2, seller := null) as table
select
    coalesce(flow.source_tag, '(all)') as source_tag,
    cast(coalesce(sum(flow.acquired), 0) as bigint) as acquired,
    cast(coalesce(sum(flow.handed_over), 0) as bigint) as handed_over,
    cast(coalesce(sum(flow.contacted), 0) as bigint) as contacted,
    cast(coalesce(sum(flow.waiting), 0) as bigint) as waiting,
    cast(coalesce(sum(flow.direct_assigned), 0) as bigint) as direct_assigned,
    sum(flow.hours_to_handover_sum) / nullif(sum(flow.hours_to_handover_count), 0)
        as hours_to_handover_mean,
    cast(coalesce(sum(flow.hours_to_handover_count), 0) as bigint) as hours_to_handover_count,
    cast(coalesce(sum(flow.cp1_entered), 0) as bigint) as cp1_entered,
    cast(coalesce(sum(flow.cp1_now), 0) as bigint) as cp1_now,
    cast(coalesce(sum(flow.cp1_reached), 0) as bigint) as cp1_reached,
    cast(coalesce(sum(flow.cp2_entered), 0) as bigint) as cp2_entered,
    cast(coalesce(sum(flow.cp2_now), 0) as bigint) as cp2_now,
    cast(coalesce(sum(flow.cp2_reached), 0) as bigint) as cp2_reached,
    cast(coalesce(sum(flow.final_entered), 0) as bigint) as final_entered,
    cast(coalesce(sum(flow.final_now), 0) as bigint) as final_now,
    cast(coalesce(sum(flow.final_reached), 0) as bigint) as final_reached
from reports.rpt_lead_routing_flow as flow
where flow.panel_id = panel
    and flow.acquired_date between cast(d1 as date) and cast(d2 as date)
    and (seller is null or flow.user_id = seller)
group by grouping sets ((), (flow.source_tag))
order by grouping(flow.source_tag) desc, acquired desc, 1
