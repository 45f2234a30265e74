-- grain: one row per day, user, team, channel and topic of tickets (ST-17, ST-76 to ST-78)
with tickets as (
    select
        *,
        coalesce(user_id, '(none)') as user_or_none,
        coalesce(team, '(none)') as team_or_none,
        coalesce(channel, '(none)') as channel_or_none,
        coalesce(topic, '(none)') as topic_or_none,
        case when hours_to_answer is not null then first_response_at end as answered_at,
        case when hours_to_solve is not null then solved_at end as done_at
    from {{ ref('fct_tickets') }}
),

counted as (
    select
        created_date as date_day,
        user_or_none as user_id,
        max(user_name) as user_name,
        team_or_none as team,
        channel_or_none as channel,
        topic_or_none as topic,
        count(*) as tickets,
        count(first_response_at) as answered,
        count(*) filter (
            where hours_to_answer <= {{ var('support_sla_hours') }}
        ) as answered_in_sla,
        count(solved_at) as solved,
        count(*) filter (where reopened_count > 0) as reopened,
        {{ sum_elapsed_hours('created_at', 'answered_at') }} as hours_to_answer_sum,
        count(hours_to_answer) as hours_to_answer_count,
        {{ sum_elapsed_hours('created_at', 'done_at') }} as hours_to_solve_sum,
        count(hours_to_solve) as hours_to_solve_count,
        sum(satisfaction) as satisfaction_sum,
        count(satisfaction) as satisfaction_count
    from tickets
    group by created_date, user_or_none, team_or_none, channel_or_none, topic_or_none
)

-- What no ticket of the company ever says was not measured, which is not 0.
select
    date_day,
    user_id,
    user_name,
    team,
    channel,
    topic,
    tickets,
    {{ if_measured('answered', 'tickets', 'first_response_at') }} as answered,
    {{ if_measured('answered_in_sla', 'tickets', 'first_response_at') }} as answered_in_sla,
    {{ if_measured('solved', 'tickets', 'solved_at') }} as solved,
    {{ if_measured('reopened', 'tickets', 'reopened_count') }} as reopened,
    {{ if_measured('hours_to_answer_sum', 'tickets', 'first_response_at', 'double') }}
        as hours_to_answer_sum,
    {{ if_measured('hours_to_answer_count', 'tickets', 'first_response_at') }}
        as hours_to_answer_count,
    {{ if_measured('hours_to_solve_sum', 'tickets', 'solved_at', 'double') }}
        as hours_to_solve_sum,
    {{ if_measured('hours_to_solve_count', 'tickets', 'solved_at') }} as hours_to_solve_count,
    {{ if_measured('satisfaction_sum', 'tickets', 'satisfaction', 'decimal(18, 2)') }}
        as satisfaction_sum,
    {{ if_measured('satisfaction_count', 'tickets', 'satisfaction') }} as satisfaction_count
from counted
