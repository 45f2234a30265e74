-- grain: one row per week, user, team, activity and basis (ST-45, ST-46)
with entries as (
    select
        *,
        {{ period_start('week', 'date') }} as week_start,
        {{ day_start('date') }} as day_started_at
    from {{ ref('fct_time_entries') }}
),

activities as (
    select
        *,
        {{ period_start('week', 'date_day') }} as week_start,
        coalesce(user_id, '(none)') as user_or_none
    from {{ ref('fct_activities') }}
    where
        activity in ('call', 'meeting', 'demo', 'training')
        and seconds is not null
        and not is_internal
),

user_history as (
    select * from {{ ref('dim_user_history') }}
),

selling_weeks as (
    select
        week_start,
        user_id
    from entries
    where activity = 'selling'
    group by week_start, user_id
),

hours as (
    select
        entries.week_start,
        entries.user_id,
        entries.user_name,
        coalesce(user_history.team, '(none)') as team,
        entries.activity,
        'logged' as basis,
        cast(entries.hours as decimal(38, 2)) as logged_hours,
        cast(null as bigint) as seconds
    from entries
    left join user_history
        on entries.user_id = user_history.user_id
        and {{ holds_at('user_history', 'entries.day_started_at') }}

    union all

    select
        activities.week_start,
        activities.user_or_none as user_id,
        activities.user_name,
        coalesce(activities.team, '(none)') as team,
        'selling' as activity,
        'estimated' as basis,
        cast(null as decimal(38, 2)) as logged_hours,
        activities.seconds
    from activities
    left join selling_weeks
        on activities.week_start = selling_weeks.week_start
        and activities.user_or_none = selling_weeks.user_id
    where selling_weeks.user_id is null
)

select
    week_start,
    user_id,
    max(user_name) as user_name,
    team,
    activity,
    basis,
    coalesce(cast(sum(logged_hours) as double), cast(sum(seconds) as double) / 3600) as hours
from hours
group by week_start, user_id, team, activity, basis
