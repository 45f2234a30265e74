-- grain: one row per day, subject and reason
with told as (
    select
        started_date as date_day,
        'call' as subject,
        case match_method
            when 'none' then 'no session, number or earlier call explains it'
            when 'dynamic_ambiguous' then 'several sessions held its number'
            else 'what explains it has no source'
        end as reason,
        cast(null as decimal(18, 6)) as amount_rc
    from {{ ref('fct_calls') }}
    where direction = 'in' and source in ('(none)', '(unknown)')

    union all

    select
        occurred_date,
        'enquiry',
        case
            when session_id is null then 'no session and no label'
            else 'its session is unknown or has no source'
        end,
        null
    from {{ ref('fct_enquiries') }}
    where coalesce(source, '(none)') in ('(none)', '(unknown)')

    union all

    select
        created_date,
        'contact',
        'no session, call, enquiry, tag or card tells',
        null
    from {{ ref('dim_contacts') }}
    where source in ('(none)', '(unknown)') and not is_deleted

    union all

    select
        created_date,
        'deal',
        case
            when person_id is null then 'no person, and no label of its own'
            else 'its person has no source'
        end,
        amount_rc
    from {{ ref('fct_deals') }}
    where source in ('(none)', '(unknown)') and status <> 'deleted'

    union all

    select
        outcome_date,
        'revenue',
        case
            when person_id is null then 'no person, and no label of its own'
            else 'its person has no source'
        end,
        revenue_rc
    from {{ ref('fct_deals') }}
    where source in ('(none)', '(unknown)') and is_won and outcome_date is not null

    union all

    select
        date_day,
        'spend',
        'no label',
        cost_rc
    from {{ ref('fct_ad_spend') }}
    where coalesce(source, '(none)') in ('(none)', '(unknown)')
)

select
    date_day,
    subject,
    reason,
    count(*) as n,
    sum(amount_rc) as amount_rc
from told
group by
    date_day,
    subject,
    reason
