-- Detects: a month in which users and teams of a report do not add up to what the facts say.
-- Usually means: a filter in the report, or a join to dim_user_history that finds two teams.
-- A returned row is: one total of one month.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_scorecard'}}}) }}
{%- set worked = "activity = 'task_done'" %}
{%- set met = "activity in ('meeting', 'demo', 'training')" %}
{%- set wrote = "activity = 'email' and direction = 'out'" %}
{%- set totals = [
    ('fct_user_months', 'leads', 'month', 'true', 'fct_leads', '1', 'opened_date', 'true'),
    ('fct_user_months', 'calls', 'month', 'true', 'fct_calls', 'call_count', 'started_date',
        'not is_internal'),
    ('fct_user_months', 'tasks_done', 'month', 'true', 'fct_activities', '1', 'date_day', worked),
    ('fct_user_months', 'meetings_held', 'month', 'true', 'fct_activities', '1', 'date_day', met),
    ('fct_user_months', 'emails_sent', 'month', 'true', 'fct_activities', '1', 'date_day', wrote),
    ('fct_user_months', 'deals_created', 'month', 'true', 'fct_deals', '1', 'created_date',
        'true'),
    ('rpt_scorecard', 'leads', 'month', 'true', 'fct_leads', '1', 'opened_date', 'true'),
    ('rpt_scorecard', 'deals_won', 'month', 'true', 'fct_deals', '1', 'outcome_date', 'is_won'),
    ('rpt_scorecard', 'deals_lost', 'month', 'true', 'fct_deals', '1', 'outcome_date', 'is_lost'),
    ('rpt_scorecard', 'revenue_rc', 'month', 'true', 'fct_deals', 'revenue_rc', 'outcome_date',
        'is_won'),
    ('rpt_teams', 'deals_created', 'date_day', "date_basis = 'created'", 'fct_deals', '1',
        'created_date', 'true'),
    ('rpt_teams', 'deals_won', 'date_day', "date_basis = 'outcome'", 'fct_deals', '1',
        'outcome_date', 'is_won'),
    ('rpt_win_rates', 'won', 'month', "dimension = 'all'", 'fct_deals', '1', 'outcome_date',
        'is_won'),
    ('rpt_win_rates', 'won', 'month', "dimension = 'team'", 'fct_deals', '1', 'outcome_date',
        'is_won'),
    ('rpt_win_rates', 'won', 'month', "dimension = 'manager'", 'fct_deals', '1', 'outcome_date',
        'is_won'),
    ('rpt_nps', 'responses', 'month', 'true', 'fct_surveys', '1', 'responded_date', 'true'),
    ('rpt_nps', 'promoters + passives + detractors', 'month', 'true', 'fct_surveys', '1',
        'responded_date', 'true'),
    ('rpt_support', 'tickets', 'date_day', 'true', 'fct_tickets', '1', 'created_date', 'true'),
    ('rpt_reviews', 'reviews', 'month', 'true', 'fct_reviews', '1', 'posted_date', 'true'),
] %}
with sides as (
    {%- for report, total, day, basis, fact, value, fact_day, counts in totals %}
    select
        '{{ report }}' as report,
        '{{ total }}' as total,
        {{ loop.index }} as total_no,
        {{ period_start('month', day) }} as month,
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
        {{ period_start('month', fact_day) }} as month,
        cast(0 as double) as in_report,
        cast(sum({{ value }}) as double) as in_facts
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
        month,
        coalesce(sum(in_report), 0) as in_report,
        coalesce(sum(in_facts), 0) as in_facts
    from sides
    group by report, total, total_no, month
)

select
    report || ': ' || total || ' of the month ' || cast(month as string) || ' are '
    || cast(in_report as string) || ', in its facts ' || cast(in_facts as string)
    || ': look for a filter or join in ' || report || '.sql.' as problem
from compared
where abs(in_report - in_facts) > 1e-6
