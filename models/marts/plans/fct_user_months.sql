-- grain: one row per month, user and team that the user was on at the event; with any event counted
{#- By facts: their day, their user, and what is counted of them. -#}
{%- set facts = {
    'leads': ('opened_date', 'owner_user_id', {
        'leads': 'count(*)',
        'attempted_within_sla': 'count(*) filter (where is_attempted_within_sla)',
    }),
    'calls': ('started_date', 'user_id', {
        'calls': 'sum(call_count)',
        'calls_answered': 'sum(call_count) filter (where is_answered)',
        'talk_seconds': 'sum(talk_seconds)',
    }),
    'activities': ('date_day', 'user_id', {
        'meetings_held': "count(*) filter (where activity in ('meeting', 'demo', 'training'))",
        'emails_sent': "count(*) filter (where activity = 'email')",
        'tasks_done': "count(*) filter (where activity = 'task_done')",
    }),
    'due_tasks': ('due_date', 'user_id', {'tasks_due': 'count(*)'}),
    'deals': ('created_date', 'manager_user_id', {'deals_created': 'count(*)'}),
    'decided_deals': ('outcome_date', 'manager_user_id', {
        'deals_won': 'count(*) filter (where is_won)',
        'deals_lost': 'count(*) filter (where is_lost)',
        'deals_with_revenue': 'count(revenue_rc) filter (where is_won)',
        'revenue_cents': 'sum(' ~ to_cents('revenue_rc') ~ ')',
        'cycle_micros': 'sum(cast(round(cycle_days * 86400000000) as bigint))',
        'cycle_days_count': 'count(cycle_days)',
    }),
} %}
with leads as (
    select
        *,
        {{ elapsed_micros('opened_at', 'first_attempt_at') }}
        <= {{ var('lead_sla_minutes') }} * 60000000 as is_attempted_within_sla
    from {{ ref('fct_leads') }}
),

all_calls as (
    select * from {{ ref('fct_calls') }}
),

calls as (
    select * from all_calls
    where not is_internal
),

activities as (
    select * from {{ ref('fct_activities') }}
    where
        activity in ('meeting', 'demo', 'training', 'task_done')
        or (activity = 'email' and direction = 'out')
),

emails as (
    select * from {{ ref('fct_emails') }}
),

meetings as (
    select * from {{ ref('fct_meetings') }}
),

tasks as (
    select * from {{ ref('fct_tasks') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

user_history as (
    select * from {{ ref('dim_user_history') }}
),

due_tasks as (
    select
        tasks.due_date,
        tasks.user_id,
        user_history.team
    from tasks
    left join user_history
        on tasks.user_id = user_history.user_id
        and {{ holds_at('user_history', 'tasks.due_at') }}
    where tasks.due_at < {{ as_of() }} and tasks.status <> 'cancelled'
),

deals as (
    select * from {{ ref('fct_deals') }}
),

decided_deals as (
    select * from deals
    where outcome_date is not null
),

-- Each kind of fact is summed by itself first, so that no fact is written out with all columns.
sums as (
    {%- for relation, (day, user, counted) in facts.items() %}
    select
        {%- for other, (_, _, measures) in facts.items() %}
        {%- for name, measure in measures.items() %}
        {{ measure if other == relation else 'null' }} as {{ name }},
        {%- endfor %}
        {%- endfor %}
        {{ period_start('month', day) }} as month,
        coalesce({{ user }}, '(none)') as user_id,
        coalesce(team, '(none)') as team
    from {{ relation }}
    group by
        {{ period_start('month', day) }},
        coalesce({{ user }}, '(none)'),
        coalesce(team, '(none)')
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

months as (
    select
        {%- for _, _, measures in facts.values() %}
        {%- for name in measures %}
        cast(coalesce(sum({{ name }}), 0) as bigint) as {{ name }},
        {%- endfor %}
        {%- endfor %}
        month,
        user_id,
        team
    from sums
    group by month, user_id, team
)

-- What the company never delivered was not measured, which is not 0.
select
    months.month,
    months.user_id,
    users.user_name,
    months.team,
    {{ if_measured('months.leads', 'leads') }} as leads,
    case
        when {{ is_measured('all_calls') }} or {{ is_measured('emails') }}
            then {{ if_measured('months.attempted_within_sla', 'leads') }}
    end as attempted_within_sla,
    {{ if_measured('months.calls', 'all_calls') }} as calls,
    {{ if_measured('months.calls_answered', 'all_calls') }} as calls_answered,
    {{ if_measured('months.talk_seconds', 'all_calls', 'talk_seconds') }} as talk_seconds,
    {{ if_measured('months.meetings_held', 'meetings', 'status') }} as meetings_held,
    {{ if_measured('months.emails_sent', 'emails') }} as emails_sent,
    {{ if_measured('months.tasks_done', 'tasks') }} as tasks_done,
    {{ if_measured('months.tasks_due', 'tasks', 'due_at') }} as tasks_due,
    {{ if_measured('months.deals_created', 'deals') }} as deals_created,
    {{ if_measured('months.deals_won', 'deals') }} as deals_won,
    {{ if_measured('months.deals_lost', 'deals') }} as deals_lost,
    case
        when months.deals_won = 0 or months.deals_with_revenue > 0
            then {{ if_measured(
                from_cents('months.revenue_cents'), 'deals', type='decimal(18, 2)'
            ) }}
    end as revenue_rc,
    {{ if_measured(
        'cast(months.cycle_micros as double) / 1000000 / 86400', 'deals', type='double'
    ) }} as cycle_days_sum,
    {{ if_measured('months.cycle_days_count', 'deals') }} as cycle_days_count
from months
left join users on months.user_id = users.user_id
