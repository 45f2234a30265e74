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
        call_count as n,
        cast(null as decimal(18, 6)) as amount_rc
    from {{ ref('fct_calls') }}
    where direction = 'in' and not is_internal and source in ('(none)', '(unknown)')

    union all

    select
        occurred_date as date_day,
        'enquiry' as subject,
        case
            when session_id is null then 'no session and no label'
            else 'its session is unknown or has no source'
        end as reason,
        1 as n,
        null as amount_rc
    from {{ ref('fct_enquiries') }}
    where coalesce(source, '(none)') in ('(none)', '(unknown)')

    union all

    select
        created_date as date_day,
        'contact' as subject,
        'no session, call, enquiry, tag or card tells' as reason,
        1 as n,
        null as amount_rc
    from {{ ref('dim_contacts') }}
    where source in ('(none)', '(unknown)') and not is_deleted

    union all

    select
        created_date as date_day,
        'deal' as subject,
        case
            when person_id is null then 'no person, and no label of its own'
            else 'its person has no source'
        end as reason,
        1 as n,
        amount_rc
    from {{ ref('fct_deals') }}
    where source in ('(none)', '(unknown)') and status <> 'deleted'

    union all

    select
        outcome_date as date_day,
        'revenue' as subject,
        case
            when person_id is null then 'no person, and no label of its own'
            else 'its person has no source'
        end as reason,
        1 as n,
        revenue_rc as amount_rc
    from {{ ref('fct_deals') }}
    where source in ('(none)', '(unknown)') and is_won and outcome_date is not null

    union all

    select
        date_day,
        'spend' as subject,
        'no label' as reason,
        1 as n,
        cost_rc as amount_rc
    from {{ ref('fct_ad_spend') }}
    where coalesce(source, '(none)') in ('(none)', '(unknown)')
)

select
    date_day,
    subject,
    reason,
    cast(sum(n) as bigint) as n,
    cast(sum(amount_rc) as decimal(38, 6)) as amount_rc
from told
group by
    date_day,
    subject,
    reason
