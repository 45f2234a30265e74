-- The calls behind a cell of rpt_calls, by measure. NULL asks for any.
create macro reports.drill_calls(
    date_day := null, user_id := null, team := null, direction := null, source := null
) as table
select
    measures.measure,
    'marts.fct_calls' as table_name,
    calls.call_id as key,
    cast(measures.value as decimal(28, 6)) as value
from marts.fct_calls as calls
cross join lateral (
    values
    ('calls', calls.call_count),
    ('answered', case when calls.is_answered then calls.call_count end),
    ('missed', case when calls.is_missed then calls.call_count end),
    ('target', case when calls.is_target then calls.call_count end),
    ('first_calls', case when calls.is_first_call then 1 end),
    ('talk_seconds', calls.talk_seconds),
    ('wait_seconds', calls.wait_seconds)
) as measures (measure, value)
where measures.value is not null
    and not calls.is_internal
    and reports.is_asked(calls.started_date, date_day)
    and reports.is_asked(calls.user_id, user_id)
    and reports.is_asked(calls.team, team)
    and reports.is_asked(calls.direction, direction)
    and reports.is_asked(calls.source, source)
