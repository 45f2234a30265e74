-- grain: one row per day (due, else created), user, team and type of task (TS-8, TS-31)
with tasks as (
    select
        *,
        coalesce(due_at, created_at) as dated_at,
        coalesce(due_date, created_date) as date_day
    from {{ ref('fct_tasks') }}
),

user_history as (
    select * from {{ ref('dim_user_history') }}
),

named as (
    select
        tasks.date_day,
        coalesce(tasks.user_id, '(none)') as user_id,
        tasks.user_name,
        coalesce(user_history.team, '(none)') as team,
        coalesce(tasks.type, '(none)') as type,
        tasks.status,
        tasks.is_done_on_time,
        tasks.is_overdue
    from tasks
    left join user_history
        on tasks.user_id = user_history.user_id
        and {{ holds_at('user_history', 'tasks.dated_at') }}
)

select
    date_day,
    user_id,
    max(user_name) as user_name,
    team,
    type,
    count(*) as tasks,
    count(*) filter (where status = 'open') as open,
    count(*) filter (where status = 'done') as done,
    count(*) filter (where is_done_on_time) as done_on_time,
    count(*) filter (where is_overdue) as open_overdue,
    count(*) filter (where status = 'cancelled') as cancelled
from named
group by date_day, user_id, team, type
