-- The contacts behind a cell of rpt_lead_routing_steps, by measure. NULL asks for any.
create macro reports.drill_lead_routing_steps(
    panel_id := null, acquired_date := null, source_tag := null, user_id := null, step := null
) as table
with contacts as (
    select
        acquired.panel_id,
        acquired.acquired_date,
        acquired.source_tag,
        acquired.user_id,
        acquired.contact_id,
        acquired.is_lost,
        [
            true,
            acquired.handed_over_at is not null,
            acquired.first_contacted_at is not null,
            acquired.cp1_entered_at is not null,
            acquired.cp2_entered_at is not null,
            acquired.final_entered_at is not null
        ] as passed
    from marts.fct_contact_acquisition as acquired
),

furthest as (
    select
        contacts.*,
        7 - list_position(list_reverse(contacts.passed), true) as last_step_no
    from contacts
)

select
    measures.measure,
    'marts.fct_contact_acquisition' as table_name,
    contacts.contact_id as key,
    cast(1 as decimal(28, 6)) as value
from furthest as contacts
cross join lateral (
    values
    (1, 'acquired'), (2, 'handed_over'), (3, 'contacted'), (4, 'cp1'), (5, 'cp2'), (6, 'final')
) as steps (step_no, step)
cross join lateral (
    values
    ('reached', contacts.last_step_no >= steps.step_no),
    ('entered', contacts.passed[steps.step_no]),
    ('implied', contacts.last_step_no >= steps.step_no and not contacts.passed[steps.step_no]),
    ('not_passed', contacts.last_step_no = steps.step_no - 1),
    ('not_passed_lost', contacts.last_step_no = steps.step_no - 1 and contacts.is_lost),
    ('not_passed_open', contacts.last_step_no = steps.step_no - 1 and not contacts.is_lost)
) as measures (measure, counts)
where measures.counts
    and reports.is_asked(contacts.panel_id, panel_id)
    and reports.is_asked(contacts.acquired_date, acquired_date)
    and reports.is_asked(contacts.source_tag, source_tag)
    and reports.is_asked(contacts.user_id, user_id)
    and reports.is_asked(steps.step, step)
