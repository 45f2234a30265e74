-- grain: one row per ticket opened before as_of (ST-76)
with tickets as (
    select * from {{ ref('stg_tickets') }}
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
),

user_history as (
    select * from {{ ref('dim_user_history') }}
),

-- What happens at as_of or later has not happened.
final as (
    select
        tickets.ticket_id,
        tickets.created_at,
        {{ local_date('tickets.created_at') }} as created_date,
        case
            when tickets.first_response_at < {{ as_of() }} then tickets.first_response_at
        end as first_response_at,
        case when tickets.solved_at < {{ as_of() }} then tickets.solved_at end as solved_at,
        tickets.reopened_count,
        tickets.channel,
        tickets.priority,
        tickets.topic,
        tickets.status,
        tickets.user_id,
        users.user_name,
        user_history.team,
        coalesce(survivors.surviving_contact_id, tickets.contact_id) as contact_id,
        persons.person_id,
        tickets.satisfaction
    from tickets
    left join survivors on tickets.contact_id = survivors.contact_id
    left join persons
        on coalesce(survivors.surviving_contact_id, tickets.contact_id) = persons.contact_id
    left join users on tickets.user_id = users.user_id
    left join user_history
        on tickets.user_id = user_history.user_id
        and {{ holds_at('user_history', 'tickets.created_at') }}
)

select
    ticket_id,
    created_at,
    created_date,
    first_response_at,
    {{ local_date('first_response_at') }} as first_response_date,
    case
        when first_response_at >= created_at
            then {{ elapsed_hours('created_at', 'first_response_at') }}
    end as hours_to_answer,
    solved_at,
    {{ local_date('solved_at') }} as solved_date,
    case
        when solved_at >= created_at then {{ elapsed_hours('created_at', 'solved_at') }}
    end as hours_to_solve,
    reopened_count,
    channel,
    priority,
    topic,
    status,
    user_id,
    user_name,
    team,
    contact_id,
    person_id,
    satisfaction
from final
