-- grain: one row per day, user and team that the user was on at the event; with any event counted
{%- set heard = is_measured('leads') ~ ' and ('
    ~ is_measured('all_calls') ~ ' or ' ~ is_measured('emails') ~ ')' %}
{#- By facts: their day, their user, and what is counted of them where it was ever delivered. -#}
{%- set facts = {
    'leads': ('opened_date', 'owner_user_id', {
        'leads': ('count(*)', is_measured('leads')),
        'leads_client': ("count(*) filter (where status = 'client')", is_measured('leads')),
        'attempted_within_sla': ('count(*) filter (where micros_to_first_attempt <= '
            ~ var('lead_sla_minutes') ~ ' * 60000000)', heard),
        'micros_to_first_attempt': ('sum(micros_to_first_attempt)', heard),
        'leads_attempted': ('count(micros_to_first_attempt)', heard),
    }),
    'calls': ('started_date', 'user_id', {
        'calls': ('sum(call_count)', is_measured('all_calls')),
        'calls_in': ("sum(call_count) filter (where direction = 'in')", is_measured('all_calls')),
        'calls_out': ("sum(call_count) filter (where direction = 'out')", is_measured('all_calls')),
        'calls_answered': ('sum(call_count) filter (where is_answered)', is_measured('all_calls')),
        'calls_missed': ('sum(call_count) filter (where is_missed)', is_measured('all_calls')),
        'calls_out_answered': (
            "sum(call_count) filter (where is_answered and direction = 'out')",
            is_measured('all_calls'),
        ),
        'talk_seconds': ('sum(talk_seconds)', is_measured('all_calls', 'talk_seconds')),
    }),
    'activities': ('date_day', 'user_id', {
        'meetings_held': (
            "count(*) filter (where activity in ('meeting', 'demo', 'training'))",
            is_measured('meetings', 'status'),
        ),
        'demos_held': ("count(*) filter (where activity = 'demo')",
            is_measured('meetings', 'status')),
        'trainings_held': ("count(*) filter (where activity = 'training')",
            is_measured('meetings', 'status')),
        'emails_sent': ("count(*) filter (where activity = 'email')", is_measured('emails')),
        'tasks_done': ("count(*) filter (where activity = 'task_done')", is_measured('tasks')),
    }),
    'sent_emails': ('sent_date', 'user_id', {
        'emails_delivered': ('count(*)', is_measured('outgoing_emails', 'bounced')),
        'emails_opened': ('count(opened_at)', is_measured('outgoing_emails', 'opened_at')),
        'emails_replied': ('count(replied_at)', is_measured('outgoing_emails', 'replied_at')),
    }),
    'due_tasks': ('due_date', 'user_id', {
        'tasks_due': ('count(*)', is_measured('tasks', 'due_at')),
        'tasks_done_on_time': ('count(*) filter (where is_done_on_time)',
            is_measured('tasks', 'due_at')),
    }),
    'deals': ('created_date', 'manager_user_id', {
        'deals_created': ('count(*)', is_measured('deals')),
    }),
    'decided_deals': ('outcome_date', 'manager_user_id', {
        'deals_won': ('count(*) filter (where is_won)', is_measured('deals')),
        'deals_lost': ('count(*) filter (where is_lost)', is_measured('deals')),
        'deals_with_revenue': ('count(revenue_rc) filter (where is_won)', is_measured('deals')),
        'revenue_cents': ('sum(' ~ to_cents('revenue_rc') ~ ')', is_measured('deals')),
        'cycle_micros': ('sum(cast(round(cycle_days * 86400000000) as bigint))',
            is_measured('deals')),
        'cycle_days_count': ('count(cycle_days)', is_measured('deals')),
    }),
} %}
with leads as (
    select
        *,
        {{ elapsed_micros('opened_at', 'first_attempt_at') }} as micros_to_first_attempt
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

meetings as (
    select * from {{ ref('fct_meetings') }}
),

user_history as (
    select * from {{ ref('dim_user_history') }}
),

emails as (
    select * from {{ ref('fct_emails') }}
),

outgoing_emails as (
    select * from emails
    where direction = 'out'
),

sent_emails as (
    select
        outgoing_emails.sent_date,
        outgoing_emails.user_id,
        user_history.team,
        outgoing_emails.opened_at,
        outgoing_emails.replied_at
    from outgoing_emails
    left join user_history
        on outgoing_emails.user_id = user_history.user_id
        and {{ holds_at('user_history', 'outgoing_emails.sent_at') }}
    where
        outgoing_emails.kind = 'one_to_one'
        and not coalesce(outgoing_emails.bounced, false)
),

tasks as (
    select * from {{ ref('fct_tasks') }}
),

due_tasks as (
    select
        tasks.due_date,
        tasks.user_id,
        user_history.team,
        tasks.is_done_on_time
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

users as (
    select * from {{ ref('dim_users') }}
),

-- Each kind of fact is summed by itself first, so that no fact is written out with all columns.
sums as (
    {%- for relation, (day, user, measures) in facts.items() %}
    select
        {%- for other, (_, _, others) in facts.items() %}
        {%- for name, (counted, _) in others.items() %}
        {{ counted if other == relation else 'null' }} as {{ name }},
        {%- endfor %}
        {%- endfor %}
        {{ day }} as date_day,
        coalesce({{ user }}, '(none)') as user_id,
        coalesce(team, '(none)') as team
    from {{ relation }}
    group by {{ day }}, coalesce({{ user }}, '(none)'), coalesce(team, '(none)')
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

-- What the company never delivered was not measured, which is not 0.
days as (
    select
        {%- for _, _, measures in facts.values() %}
        {%- for name, (_, measured) in measures.items() %}
        case when {{ measured }} then cast(coalesce(sum({{ name }}), 0) as bigint) end
            as {{ name }},
        {%- endfor %}
        {%- endfor %}
        date_day,
        user_id,
        team
    from sums
    group by date_day, user_id, team
)

select
    {%- for _, _, measures in facts.values() %}
    {%- for name in measures if name != 'revenue_cents' %}
    days.{{ name }},
    {%- endfor %}
    {%- endfor %}
    {{ from_cents('days.revenue_cents') }} as revenue_rc,
    days.date_day,
    days.user_id,
    users.user_name,
    days.team
from days
left join users on days.user_id = users.user_id
