-- grain: one row per active user at as_of, and per anybody else who has open work (ST-12, ST-42)
with leads as (
    select * from {{ ref('fct_leads') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

tasks as (
    select * from {{ ref('fct_tasks') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

user_history as (
    select
        *,
        {{ as_of() }} as asked_at
    from {{ ref('dim_user_history') }}
),

capacities as (
    select * from {{ ref('dim_capacities') }}
),

work as (
    select
        coalesce(owner_user_id, '(none)') as user_id,
        1 as open_leads,
        0 as open_deals,
        0 as open_tasks,
        0 as overdue_tasks
    from leads
    where status = 'open'

    union all

    select
        coalesce(owner_user_id, '(none)') as user_id,
        0 as open_leads,
        1 as open_deals,
        0 as open_tasks,
        0 as overdue_tasks
    from deals
    where is_open

    union all

    select
        coalesce(user_id, '(none)') as user_id,
        0 as open_leads,
        0 as open_deals,
        1 as open_tasks,
        case when is_overdue then 1 else 0 end as overdue_tasks
    from tasks
    where status = 'open'

    union all

    select
        user_id,
        0 as open_leads,
        0 as open_deals,
        0 as open_tasks,
        0 as overdue_tasks
    from users
    where is_active
),

sums as (
    select
        user_id,
        sum(open_leads) as open_leads,
        sum(open_deals) as open_deals,
        sum(open_tasks) as open_tasks,
        sum(overdue_tasks) as overdue_tasks
    from work
    group by user_id
),

measured as (
    select
        sums.user_id,
        users.user_name,
        users.role,
        coalesce(user_history.team, '(none)') as team,
        {{ if_measured('sums.open_leads', 'leads') }} as open_leads,
        {{ if_measured('sums.open_deals', 'deals') }} as open_deals,
        {{ if_measured('sums.open_tasks', 'tasks') }} as open_tasks,
        {{ if_measured('sums.overdue_tasks', 'tasks', 'due_at') }} as overdue_tasks
    from sums
    left join users on sums.user_id = users.user_id
    left join user_history
        on sums.user_id = user_history.user_id
        and {{ holds_at('user_history', 'user_history.asked_at') }}
)

select
    measured.user_id,
    measured.user_name,
    measured.team,
    measured.open_leads,
    measured.open_deals,
    measured.open_tasks,
    measured.overdue_tasks,
    coalesce(own.open_deals, of_role.open_deals) as capacity,
    {{ ratio('measured.open_deals', 'coalesce(own.open_deals, of_role.open_deals)') }} as load
from measured
left join capacities as own on measured.user_id = own.user_id
left join capacities as of_role
    on measured.role = of_role.role
    and of_role.user_id is null
