-- grain: one row per task created before as_of (TS-30)
with tasks as (
    select
        *,
        {{ ordered_at('due_at', 'due_at_is_day') }} as deadline
    from {{ ref('stg_tasks') }}
    where created_at < {{ as_of() }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

persons as (
    select * from {{ ref('int_persons_resolved') }}
),

users as (
    select * from {{ ref('dim_users') }}
)

select
    tasks.task_id,
    tasks.created_at,
    {{ local_date('tasks.created_at') }} as created_date,
    tasks.due_at,
    {{ local_date('tasks.due_at') }} as due_date,
    tasks.due_at_is_day,
    tasks.done_at,
    {{ local_date('tasks.done_at') }} as done_date,
    tasks.status,
    case
        when tasks.status = 'done' then tasks.done_at <= tasks.deadline
    end as is_done_on_time,
    tasks.status = 'open' and coalesce(tasks.deadline < {{ as_of() }}, false) as is_overdue,
    tasks.type,
    tasks.user_id,
    users.user_name,
    coalesce(survivors.surviving_contact_id, tasks.contact_id) as contact_id,
    persons.person_id,
    tasks.deal_id
from tasks
left join survivors on tasks.contact_id = survivors.contact_id
left join persons
    on coalesce(survivors.surviving_contact_id, tasks.contact_id) = persons.contact_id
left join users on tasks.user_id = users.user_id
