-- Detects: a total of a day in a report of activities that is not its facts', so that teams, users
-- and the company do not add up to the same.
-- Usually means: a filter in the report, or a join to dim_user_history that finds two teams.
-- A returned row is: one total of one day.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_activities'}}}) }}
{%- set totals = [
    ('rpt_activities', 'activities', 'date_day', 'fct_activities', 'count(*)', 'date_day',
        'not is_internal', 'true'),
    ('rpt_activities', 'seconds', 'date_day', 'fct_activities', 'sum(seconds)', 'date_day',
        'not is_internal', 'true'),
    ('rpt_tasks', 'tasks', 'date_day', 'fct_tasks', 'count(*)', 'coalesce(due_date, created_date)',
        'true', 'true'),
    ('rpt_meetings', 'scheduled', 'date_day', 'fct_meetings', 'count(*)', 'created_date',
        'true', "date_basis = 'created'"),
    ('rpt_meetings', 'scheduled', 'date_day', 'fct_meetings', 'count(*)', 'starts_date',
        'true', "date_basis = 'starts'"),
    ('rpt_emails', 'sent', 'date_day', 'fct_emails', 'count(*)', 'sent_date',
        "direction = 'out'", 'true'),
    ('rpt_call_hours', 'calls', 'date_day', 'fct_calls', 'sum(call_count)', 'started_date',
        'not is_internal', 'true'),
    ('rpt_call_conversions', 'inbound_calls', 'date_day', 'fct_calls', 'sum(call_count)',
        'started_date', "not is_internal and direction = 'in'", 'true'),
    ('rpt_time', 'hours', 'week_start', 'fct_time_entries', 'sum(hours)',
        period_start('week', 'date'), 'true', "basis = 'logged'"),
] %}
with sides as (
    {%- for report, total, day, fact, value, fact_day, counts, basis in totals %}
    select
        '{{ report }}' as report,
        '{{ total }}' as total,
        {{ loop.index }} as total_no,
        {{ day }} as date_day,
        cast(sum({{ total }}) as double) as in_report,
        cast(0 as double) as in_facts
    from {{ ref(report) }}
    where {{ basis }}
    group by all

    union all

    select
        '{{ report }}' as report,
        '{{ total }}' as total,
        {{ loop.index }} as total_no,
        {{ fact_day }} as date_day,
        cast(0 as double) as in_report,
        cast({{ value }} as double) as in_facts
    from {{ ref(fact) }}
    where {{ counts }}
    group by all
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}
),

compared as (
    select
        report,
        total,
        total_no,
        date_day,
        coalesce(sum(in_report), 0) as in_report,
        coalesce(sum(in_facts), 0) as in_facts
    from sides
    group by report, total, total_no, date_day
)

select
    report || ': ' || total || ' of ' || cast(date_day as string) || ' are '
    || cast(in_report as string) || ', in its facts ' || cast(in_facts as string)
    || ': look for a filter or join in models/reports/activities/' || report || '.sql.' as problem
from compared
where abs(in_report - in_facts) > 1e-6
