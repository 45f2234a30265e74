-- grain: one row per client at as_of, with what it bought, answered, used and waits for
with won_deals as (
    select
        person_id,
        outcome_date,
        revenue_rc,
        {{ calendar_days(
            'lag(outcome_date) over (partition by person_id order by outcome_date, deal_id)',
            'outcome_date'
        ) }} as gap_days
    from {{ ref('fct_deals') }}
    where is_won and person_id is not null
),

clients as (
    select
        person_id,
        min(outcome_date) as client_since_date,
        max(outcome_date) as last_won_date,
        count(*) as won_deals,
        cast(sum(revenue_rc) as decimal(18, 2)) as revenue_rc,
        case
            when count(gap_days) >= 2 then {{ percentile('gap_days', 0.5) }}
        end as usual_gap_days
    from won_deals
    group by person_id
),

scores as (
    select
        person_id,
        score,
        score - lag(score) over (partition by person_id order by responded_at, response_id)
            as score_change
    from {{ ref('fct_surveys') }}
    where person_id is not null
    qualify
        row_number() over (
            partition by person_id
            order by responded_at desc, response_id desc
        ) = 1
),

activities as (
    select
        person_id,
        max(occurred_at) as last_activity_at
    from {{ ref('fct_activities') }}
    where person_id is not null and not is_internal
    group by person_id
),

tasks as (
    select * from {{ ref('fct_tasks') }}
),

open_tasks as (
    select
        person_id,
        count(*) as open_tasks
    from tasks
    where status = 'open'
    group by person_id
),

tickets as (
    select * from {{ ref('fct_tickets') }}
),

open_tickets as (
    select
        person_id,
        count(*) as open_tickets
    from tickets
    where solved_at is null
    group by person_id
),

-- The last 28 days and the 28 before them.
product_usage as (
    select
        person_id,
        sum(case when {{ calendar_days('date_day', as_of_date()) }} <= 28 then value else 0 end)
            as used,
        sum(case when {{ calendar_days('date_day', as_of_date()) }} > 28 then value else 0 end)
            as used_before
    from {{ ref('fct_product_usage') }}
    where person_id is not null and {{ calendar_days('date_day', as_of_date()) }} <= 56
    group by person_id
)

select
    clients.person_id,
    clients.client_since_date,
    clients.last_won_date,
    clients.won_deals,
    clients.revenue_rc,
    clients.usual_gap_days,
    activities.last_activity_at,
    scores.score as last_score,
    scores.score_change,
    {{ ratio('product_usage.used - product_usage.used_before', 'product_usage.used_before') }}
        as usage_change_28d,
    {{ if_measured('open_tasks.open_tasks', 'tasks') }} as open_tasks,
    {{ if_measured('open_tickets.open_tickets', 'tickets') }} as open_tickets
from clients
left join scores on clients.person_id = scores.person_id
left join activities on clients.person_id = activities.person_id
left join product_usage on clients.person_id = product_usage.person_id
left join open_tasks on clients.person_id = open_tasks.person_id
left join open_tickets on clients.person_id = open_tickets.person_id
