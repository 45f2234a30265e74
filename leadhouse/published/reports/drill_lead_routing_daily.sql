-- The contacts behind a cell of rpt_lead_routing_daily, by measure. NULL asks for any.
create macro reports.drill_lead_routing_daily(
    panel_id := null, date_day := null, source_tag := null, user_id := null
) as table
select
    events.event_type || '_contacts' as measure,
    'marts.fct_contact_acquisition' as table_name,
    events.contact_id as key,
    cast(1 as decimal(28, 6)) as value
from marts.fct_acquisition_events as events
where reports.is_asked(events.panel_id, panel_id)
    and reports.is_asked(events.event_date, date_day)
    and reports.is_asked(events.source_tag, source_tag)
    and reports.is_asked(events.user_id, user_id)
