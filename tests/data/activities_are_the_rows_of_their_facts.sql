-- Detects: a fact that is not exactly one activity (ST-26 to ST-28).
-- Usually means: a join in fct_activities that repeats rows, or a kind that it does not know.
-- A returned row is: one kind of fact.
{{ config(meta={'dagster': {'ref': {'name': 'fct_activities'}}}) }}
with facts as (
    select
        'call' as kind,
        count(*) as facts
    from {{ ref('fct_calls') }}

    union all

    select
        'email' as kind,
        count(*) as facts
    from {{ ref('fct_emails') }}
    where kind in ('one_to_one', 'campaign')

    union all

    select
        'meeting' as kind,
        count(*) as facts
    from {{ ref('fct_meetings') }}
    where status = 'held' and starts_at < {{ as_of() }}

    union all

    select
        'task' as kind,
        count(*) as facts
    from {{ ref('fct_tasks') }}
    where status = 'done' and done_at < {{ as_of() }}

    union all

    select
        'enquiry' as kind,
        count(*) as facts
    from {{ ref('fct_enquiries') }}
),

activities as (
    select
        case
            when activity in ('email', 'campaign_email') then 'email'
            when activity in ('meeting', 'demo', 'training') then 'meeting'
            when activity = 'task_done' then 'task'
            else activity
        end as kind,
        count(*) as activities
    from {{ ref('fct_activities') }}
    group by all
)

select
    'fct_activities: ' || cast(coalesce(activities.activities, 0) as string) || ' rows of the kind '
    || coalesce(facts.kind, activities.kind) || ', but ' || cast(coalesce(facts.facts, 0) as string)
    || ' such facts: look for a filter or join in models/marts/activities/fct_activities.sql.'
        as problem
from facts
full join activities on facts.kind = activities.kind
where coalesce(activities.activities, 0) <> coalesce(facts.facts, 0)
