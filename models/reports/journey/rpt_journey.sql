-- grain: one row per person and event in order: session, call, enquiry, tag, stage, deal, payment
-- (DJ-16, ST-74)
with sessions as (
    select * from {{ ref('fct_sessions') }}
    where person_id is not null
),

calls as (
    select * from {{ ref('fct_calls') }}
    where person_id is not null and not is_internal
),

enquiries as (
    select * from {{ ref('fct_enquiries') }}
    where person_id is not null
),

contact_events as (
    select * from {{ ref('fct_contact_events') }}
    where person_id is not null
),

deals as (
    select * from {{ ref('fct_deals') }}
    where person_id is not null
),

payments as (
    select * from {{ ref('fct_payments') }}
),

events as (
    select
        person_id,
        started_at as occurred_at,
        started_at_is_day as is_day,
        1 as type_rank,
        'session' as event_type,
        session_id as event_id,
        cast(null as string) as detail,
        source,
        medium,
        campaign,
        cast(null as decimal(18, 2)) as amount_rc
    from sessions

    union all

    select
        person_id,
        started_at as occurred_at,
        started_at_is_day as is_day,
        2 as type_rank,
        'call' as event_type,
        call_id as event_id,
        direction || ' ' || status as detail,
        source,
        medium,
        campaign,
        cast(null as decimal(18, 2)) as amount_rc
    from calls

    union all

    select
        person_id,
        occurred_at,
        occurred_at_is_day as is_day,
        3 as type_rank,
        'enquiry' as event_type,
        enquiry_id as event_id,
        channel as detail,
        source,
        medium,
        campaign,
        cast(null as decimal(18, 2)) as amount_rc
    from enquiries

    union all

    select
        person_id,
        occurred_at,
        occurred_at_is_day as is_day,
        case when event_type = 'tag' then 4 else 5 end as type_rank,
        event_type,
        event_id,
        detail,
        cast(null as string) as source,
        cast(null as string) as medium,
        cast(null as string) as campaign,
        cast(null as decimal(18, 2)) as amount_rc
    from contact_events

    union all

    select
        person_id,
        created_at as occurred_at,
        created_at_is_day as is_day,
        6 as type_rank,
        'deal' as event_type,
        deal_id as event_id,
        status as detail,
        source,
        medium,
        campaign,
        amount_rc
    from deals

    union all

    select
        deals.person_id,
        payments.paid_at as occurred_at,
        payments.paid_at_is_day as is_day,
        7 as type_rank,
        'payment' as event_type,
        payments.payment_id as event_id,
        payments.deal_id as detail,
        cast(null as string) as source,
        cast(null as string) as medium,
        cast(null as string) as campaign,
        payments.amount_rc
    from payments
    inner join deals on payments.deal_id = deals.deal_id
),

placed as (
    select
        *,
        row_number() over journey as event_no,
        first_value(occurred_at) over journey as first_at,
        lag(occurred_at) over journey as previous_at
    from events
    window journey as (
        partition by person_id
        order by {{ ordered_at('occurred_at', 'is_day') }}, type_rank, event_id, detail nulls last
    )
)

-- How much later is not known of an event of a day, against one with a time of that day.
select
    person_id,
    cast(event_no as bigint) as event_no,
    occurred_at,
    event_type,
    event_id,
    detail,
    source,
    medium,
    campaign,
    amount_rc,
    case when occurred_at >= first_at then {{ elapsed_days('first_at', 'occurred_at') }} end
        as days_since_first,
    case when occurred_at >= previous_at then {{ elapsed_days('previous_at', 'occurred_at') }} end
        as days_since_previous
from placed
