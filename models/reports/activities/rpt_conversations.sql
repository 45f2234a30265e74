-- grain: one row per day of a thread's first message and user who wrote or received it (ST-33)
with emails as (
    select * from {{ ref('fct_emails') }}
    where thread_id is not null
),

first_messages as (
    select * from emails
    qualify row_number() over (partition by thread_id order by sent_at, email_id) = 1
),

users as (
    select * from {{ ref('dim_users') }}
),

directions as (
    select
        thread_id,
        count(distinct direction) as directions
    from emails
    group by thread_id
),

named as (
    select
        first_messages.sent_date as date_day,
        coalesce(first_messages.user_id, '(none)') as user_id,
        first_messages.user_name,
        users.team,
        directions.directions
    from first_messages
    inner join directions on first_messages.thread_id = directions.thread_id
    left join users on first_messages.user_id = users.user_id
)

select
    date_day,
    user_id,
    max(user_name) as user_name,
    max(team) as team,
    count(*) as threads,
    count(*) filter (where directions = 2) as conversations
from named
group by date_day, user_id
