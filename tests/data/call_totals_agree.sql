-- Detects: a total of reports.rpt_calls that is not fct_calls' (TS-4, TS-22, TS-23).
-- Usually means: a filter or join in the report loses or duplicates calls.
-- A returned row is: one total of one day.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_calls'}}}) }}
{%- set totals = [
    'calls', 'answered', 'missed', 'target', 'first_calls', 'talk_seconds', 'wait_seconds'
] %}
with facts as (
    select
        started_date as date_day,
        sum(call_count) as calls,
        sum(case when is_answered then call_count else 0 end) as answered,
        sum(case when is_missed then call_count else 0 end) as missed,
        sum(case when is_target then call_count else 0 end) as target,
        sum(case when is_first_call then 1 else 0 end) as first_calls,
        coalesce(sum(talk_seconds), 0) as talk_seconds,
        coalesce(sum(wait_seconds), 0) as wait_seconds
    from {{ ref('fct_calls') }}
    where not is_internal
    group by started_date
),

reported as (
    select
        {%- for total in totals %}
        sum({{ total }}) as {{ total }},
        {%- endfor %}
        date_day
    from {{ ref('rpt_calls') }}
    group by date_day
),

compared as (
    {%- for total in totals %}
    select
        '{{ total }}' as total,
        coalesce(facts.date_day, reported.date_day) as date_day,
        coalesce(facts.{{ total }}, 0) as in_facts,
        coalesce(reported.{{ total }}, 0) as in_report
    from facts
    full join reported on facts.date_day = reported.date_day
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}
)

select
    'rpt_calls: ' || total || ' of ' || cast(date_day as string) || ' are '
    || cast(in_report as string) || ', in marts.fct_calls ' || cast(in_facts as string)
    || ': look for a filter or join in models/reports/calls/rpt_calls.sql.' as problem
from compared
where in_facts <> in_report
