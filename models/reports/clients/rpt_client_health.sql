-- grain: one row per client at as_of: a person with a won deal (ST-6 to ST-9)
with clients as (
    select
        *,
        {{ elapsed_days('last_activity_at', as_of()) }} as days_since_activity
    from {{ ref('fct_client_histories') }}
),

activities as (
    select * from {{ ref('fct_activities') }}
),

contacts as (
    select * from {{ ref('dim_contacts') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

risk_rules as (
    select * from {{ ref('dim_risk_rules') }}
),

-- What each rule looks at; a client whom nobody ever called is out of touch since it is one.
signs as (
    select
        person_id,
        'no_activity' as rule,
        coalesce(
            days_since_activity,
            case
                when {{ is_measured('activities') }}
                    then cast({{ calendar_days('client_since_date', as_of_date()) }} as double)
            end
        ) as value
    from clients

    union all

    select
        person_id,
        'detractor' as rule,
        cast(last_score as double) as value
    from clients

    union all

    select
        person_id,
        'score_fall' as rule,
        cast(-score_change as double) as value
    from clients

    union all

    select
        person_id,
        'deal_gap' as rule,
        {{ ratio(
            calendar_days('last_won_date', as_of_date()) ~ ' - usual_gap_days', 'usual_gap_days'
        ) }} as value
    from clients

    union all

    select
        person_id,
        'usage_fall' as rule,
        -usage_change_28d as value
    from clients
),

risks as (
    select
        signs.person_id,
        {{ list_of('signs.rule', 'signs.rule') }} as reasons
    from signs
    inner join risk_rules
        on signs.rule = risk_rules.rule
        and case
            when signs.rule = 'detractor' then signs.value <= risk_rules.threshold
            else signs.value >= risk_rules.threshold
        end
    group by signs.person_id
)

select
    clients.person_id,
    coalesce(contacts.owner_user_id, '(none)') as owner_user_id,
    contacts.owner_name,
    users.team,
    clients.client_since_date,
    clients.won_deals,
    clients.revenue_rc,
    clients.last_won_date,
    clients.usual_gap_days,
    clients.last_activity_at,
    clients.days_since_activity,
    clients.last_score,
    clients.score_change,
    clients.usage_change_28d,
    clients.open_tasks,
    clients.open_tickets,
    risks.person_id is not null as is_at_risk,
    risks.reasons
from clients
left join contacts on clients.person_id = contacts.contact_id
left join users on contacts.owner_user_id = users.user_id
left join risks on clients.person_id = risks.person_id
