-- The leads behind a cell of rpt_leads, by measure. NULL asks for any.
create macro reports.drill_leads(
    date_day := null, user_id := null, source := null, medium := null, channel := null,
    contact_channel := null
) as table
select
    measures.measure,
    'marts.fct_leads' as table_name,
    leads.lead_id as key,
    cast(1 as decimal(28, 6)) as value
from marts.fct_leads as leads
cross join lateral (
    values
    ('leads', true),
    ('new_persons', leads.lead_no = 1),
    ('leads_open', leads.status = 'open'),
    ('leads_lost', leads.status = 'lost'),
    ('leads_no_deal', leads.status = 'no deal'),
    ('leads_client', leads.status = 'client'),
    ('leads_with_deal', leads.deals > 0),
    ('never_attempted', leads.first_attempt_at is null),
    ('minutes_to_first_attempt_count', leads.first_attempt_at is not null),
    ('minutes_to_first_contact_count', leads.first_contacted_at is not null)
) as measures (measure, counts)
where measures.counts
    and reports.is_asked(leads.opened_date, date_day)
    and reports.is_asked(leads.owner_user_id, user_id)
    and reports.is_asked(leads.source, source)
    and reports.is_asked(leads.medium, medium)
    and reports.is_asked(leads.channel, channel)
    and reports.is_asked(leads.contact_channel, contact_channel)
