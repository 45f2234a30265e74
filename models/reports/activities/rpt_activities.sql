-- grain: one row per day, user, team, activity, direction and first source of the person (ST-26)
with activities as (
    select * from {{ ref('fct_activities') }}
    where not is_internal
),

persons as (
    select * from {{ ref('dim_persons') }}
),

named as (
    select
        activities.date_day,
        coalesce(activities.user_id, '(none)') as user_id,
        activities.user_name,
        coalesce(activities.team, '(none)') as team,
        activities.activity,
        coalesce(activities.direction, '(none)') as direction,
        coalesce(persons.source, '(none)') as source,
        activities.seconds
    from activities
    left join persons on activities.person_id = persons.person_id
)

select
    date_day,
    user_id,
    max(user_name) as user_name,
    team,
    activity,
    direction,
    source,
    count(*) as activities,
    cast(sum(seconds) as bigint) as seconds
from named
group by date_day, user_id, team, activity, direction, source
