-- The contacts behind a cell of rpt_lead_routing_flow, by measure. NULL asks for any.
create macro reports.drill_lead_routing_flow(
    panel_id := null, acquired_date := null, source_tag := null, user_id := null
) as table
select
    measures.measure,
    'marts.fct_contact_acquisition' as table_name,
    contacts.contact_id as key,
    cast(1 as decimal(28, 6)) as value
from marts.fct_contact_acquisition as contacts
inner join marts.dim_lead_routing_panels as panels on contacts.panel_id = panels.panel_id
cross join lateral (
    values
    ('acquired', true),
    ('handed_over', contacts.handed_over_at is not null),
    ('contacted', contacts.first_contacted_at is not null),
    ('waiting', contacts.handover_status = 'waiting'),
    ('direct_assigned', contacts.handover_status = 'direct'),
    ('hours_to_handover_count', contacts.hours_to_handover is not null),
    ('cp1_entered', contacts.cp1_entered_at is not null),
    ('cp1_now', contacts.current_stage = panels.cp1_stage),
    ('cp1_reached', contacts.cp1_reached),
    ('cp2_entered', contacts.cp2_entered_at is not null),
    ('cp2_now', contacts.current_stage = panels.cp2_stage),
    ('cp2_reached', contacts.cp2_reached),
    ('final_entered', contacts.final_entered_at is not null),
    ('final_now', contacts.current_stage = panels.final_stage),
    ('final_reached', contacts.final_reached)
) as measures (measure, counts)
where measures.counts
    and reports.is_asked(contacts.panel_id, panel_id)
    and reports.is_asked(contacts.acquired_date, acquired_date)
    and reports.is_asked(contacts.source_tag, source_tag)
    and reports.is_asked(contacts.user_id, user_id)
