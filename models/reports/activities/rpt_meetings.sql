-- grain: one row per date basis, day, user, team and type of meeting (ST-35)
with meetings as (
    select * from {{ ref('fct_meetings') }}
),

user_history as (
    select * from {{ ref('dim_user_history') }}
),

dated as (
    select
        'created' as date_basis,
        created_date as date_day,
        created_at as dated_at,
        *
    from meetings

    union all

    select
        'starts' as date_basis,
        starts_date as date_day,
        starts_at as dated_at,
        *
    from meetings
),

named as (
    select
        dated.date_basis,
        dated.date_day,
        coalesce(dated.user_id, '(none)') as user_id,
        dated.user_name,
        coalesce(user_history.team, '(none)') as team,
        coalesce(dated.type, '(none)') as type,
        dated.status,
        dated.is_persons_first
    from dated
    left join user_history
        on dated.user_id = user_history.user_id
        and {{ holds_at('user_history', 'dated.dated_at') }}
),

counted as (
    select
        date_basis,
        date_day,
        user_id,
        max(user_name) as user_name,
        team,
        type,
        count(*) as scheduled,
        count(*) filter (where status = 'held') as held,
        count(*) filter (where status = 'no_show') as no_show,
        count(*) filter (where status = 'cancelled') as cancelled,
        count(*) filter (where is_persons_first) as persons_first
    from named
    group by date_basis, date_day, user_id, team, type
)

-- Where no meeting of the company has a status, none can be told.
select
    date_basis,
    date_day,
    user_id,
    user_name,
    team,
    type,
    scheduled,
    {{ if_measured('held', 'meetings', 'status') }} as held,
    {{ if_measured('no_show', 'meetings', 'status') }} as no_show,
    {{ if_measured('cancelled', 'meetings', 'status') }} as cancelled,
    {{ if_measured('persons_first', 'meetings', 'status') }} as persons_first
from counted
