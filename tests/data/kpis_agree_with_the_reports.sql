-- Detects: a month whose metrics are not what the other reports say of the same.
-- Usually means: a rule that was changed in a report and not in fct_user_days, or the reverse.
-- A returned row is: one metric of one month.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_kpis'}}}) }}
{%- set in_months = day_start(add_months('month', 1)) ~ ' <= ' ~ as_of() %}
{%- set one_to_one = "kind = 'one_to_one'" %}
{%- set inbound = "filter (where direction = 'in')" %}
{%- set outbound = "filter (where direction = 'out')" %}
{%- set closed = "date_basis = 'outcome'" %}
{#- Metric, the report that has it, its day, which of its rows, what is above and below. Of a report
   by month the months that are over are compared: a deal of the running one may close yet. -#}
{%- set totals = [
    ('revenue', 'rpt_scorecard', 'month', 'true', 'sum(revenue_rc)', 'null'),
    ('deals_won', 'rpt_scorecard', 'month', 'true', 'sum(deals_won)', 'null'),
    ('deals_lost', 'rpt_teams', 'date_day', closed, 'sum(deals_lost)', 'null'),
    ('win_rate', 'rpt_win_rates', 'month', "dimension = 'all'", 'sum(won)', 'sum(won + lost)'),
    ('cycle_days', 'rpt_teams', 'date_day', closed, 'sum(cycle_days_sum)',
        'sum(cycle_days_count)'),
    ('leads', 'rpt_leads', 'date_day', 'true', 'sum(leads)', 'null'),
    ('lead_conversion', 'rpt_leads', 'date_day', 'true', 'sum(leads_client)', 'sum(leads)'),
    ('sla_share', 'rpt_leads', 'date_day', 'true', 'sum(within_sla)', 'sum(leads)'),
    ('minutes_to_first_attempt', 'rpt_leads', 'date_day', 'true',
        'sum(minutes_to_first_attempt_sum)', 'sum(minutes_to_first_attempt_count)'),
    ('calls', 'rpt_calls', 'date_day', 'true', 'sum(calls)', 'null'),
    ('missed_share', 'rpt_calls', 'date_day', 'true', 'sum(missed)', 'sum(calls) ' ~ inbound),
    ('connect_rate', 'rpt_calls', 'date_day', 'true', 'sum(answered) ' ~ outbound,
        'sum(calls) ' ~ outbound),
    ('talk_seconds_per_call', 'rpt_calls', 'date_day', 'true', 'sum(talk_seconds)',
        'sum(answered)'),
    ('emails_sent', 'rpt_scorecard', 'month', 'true', 'sum(emails_sent)', 'null'),
    ('open_rate', 'rpt_emails', 'date_day', one_to_one, 'sum(opened)', 'sum(delivered)'),
    ('meetings', 'rpt_scorecard', 'month', 'true', 'sum(meetings_held)', 'null'),
    ('demos', 'rpt_activities', 'date_day', "activity = 'demo'", 'sum(activities)', 'null'),
    ('tasks_done', 'rpt_scorecard', 'month', 'true', 'sum(tasks_done)', 'null'),
    ('spend', 'rpt_channel_performance', 'date_day', 'true', 'sum(spend_rc)', 'null'),
    ('cost_per_lead', 'rpt_channel_performance', 'date_day', 'true', 'sum(spend_rc)',
        'sum(leads)'),
    ('roas', 'rpt_channel_performance', 'date_day', 'true', 'sum(revenue_rc)', 'sum(spend_rc)'),
] %}
with sides as (
    {%- for metric, report, day, which, above, below in totals %}
    select
        '{{ metric }}' as metric,
        '{{ report }}' as report,
        {{ period_start('month', day) }} as month,
        cast({{ above }} as double) as report_numerator,
        cast({{ below }} as double) as report_denominator,
        cast(0 as double) as numerator,
        cast(0 as double) as denominator
    from {{ ref(report) }}
    where {{ which }} and {{ in_months if day == 'month' else day_start(day) ~ ' < ' ~ as_of() }}
    group by all

    union all

    select
        metric,
        '{{ report }}' as report,
        period_start as month,
        cast(0 as double) as report_numerator,
        cast(0 as double) as report_denominator,
        numerator,
        denominator
    from {{ ref('rpt_kpis') }}
    where
        metric = '{{ metric }}' and level = 'company' and period_type = 'month'
        and {{ 'is_complete' if day == 'month' else 'true' }}
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}
),

compared as (
    select
        metric,
        report,
        month,
        coalesce(sum(report_numerator), 0) as report_numerator,
        coalesce(sum(report_denominator), 0) as report_denominator,
        coalesce(sum(numerator), 0) as numerator,
        coalesce(sum(denominator), 0) as denominator
    from sides
    group by metric, report, month
),

-- What users and teams did adds up to the company, but for marketing, which is the company's alone.
levels as (
    select
        metric,
        period_start as month,
        sum(numerator) filter (where level = 'company') as of_company,
        sum(numerator) filter (where level = 'team') as of_teams,
        sum(numerator) filter (where level = 'user') as of_users
    from {{ ref('rpt_kpis') }}
    where
        period_type = 'month'
        and metric in (
            select metric from {{ ref('dim_metrics') }}
            where family <> 'marketing'
        )
    group by metric, period_start
)

select
    metric || ' of the month ' || cast(month as string) || ' is ' || cast(numerator as string)
    || ' / ' || cast(denominator as string) || ', in ' || report || ' '
    || cast(report_numerator as string) || ' / ' || cast(report_denominator as string)
    || ': compare their rules.' as problem
from compared
-- What sums of doubles may differ by, in another order.
where
    abs(numerator - report_numerator) > greatest(1e-6, 1e-12 * abs(numerator))
    or abs(denominator - report_denominator) > greatest(1e-6, 1e-12 * abs(denominator))

union all

select
    metric || ' of the month ' || cast(month as string) || ' is ' || cast(of_company as string)
    || ' of the company, ' || cast(of_teams as string) || ' of teams and '
    || cast(of_users as string) || ' of users together: look at the levels in rpt_kpis.sql.'
        as problem
from levels
where
    abs(coalesce(of_company, 0) - coalesce(of_teams, 0))
    > greatest(1e-6, 1e-12 * abs(coalesce(of_company, 0)))
    or abs(coalesce(of_company, 0) - coalesce(of_users, 0))
    > greatest(1e-6, 1e-12 * abs(coalesce(of_company, 0)))
