-- grain: one row per opening (call, enquiry, contact or deal) of a person; with its lead (D-43)
with calls as (
    select * from {{ ref('fct_calls') }}
    where direction = 'in' and person_id is not null and not is_internal
),

enquiries as (
    select * from {{ ref('fct_enquiries') }}
    where person_id is not null
),

contacts as (
    select * from {{ ref('dim_contacts') }}
),

deals as (
    select
        *,
        {{ ordered_at('created_at', 'created_at_is_day') }} as created_in_order_at,
        {{ ordered_at('closed_at', 'closed_at_is_day') }} as closed_in_order_at
    from {{ ref('fct_deals') }}
    where person_id is not null and status <> 'deleted'
),

openings as (
    select
        person_id,
        started_at as opened_at,
        {{ ordered_at('started_at', 'started_at_is_day') }} as ordered_at,
        'call' as opened_by,
        1 as kind_rank,
        call_id as opening_id,
        'call' as contact_channel,
        user_id,
        contact_id,
        source,
        medium,
        campaign
    from calls

    union all

    select
        person_id,
        occurred_at as opened_at,
        {{ ordered_at('occurred_at', 'occurred_at_is_day') }} as ordered_at,
        'enquiry' as opened_by,
        2 as kind_rank,
        enquiry_id as opening_id,
        channel as contact_channel,
        cast(null as string) as user_id,
        contact_id,
        source,
        medium,
        campaign
    from enquiries

    union all

    select
        person_id,
        created_at as opened_at,
        {{ ordered_at('created_at', 'created_at_is_day') }} as ordered_at,
        'contact' as opened_by,
        3 as kind_rank,
        contact_id as opening_id,
        '(none)' as contact_channel,
        cast(null as string) as user_id,
        contact_id,
        card_source as source,
        card_medium as medium,
        card_campaign as campaign
    from contacts

    union all

    select
        person_id,
        created_at as opened_at,
        {{ ordered_at('created_at', 'created_at_is_day') }} as ordered_at,
        'deal' as opened_by,
        4 as kind_rank,
        deal_id as opening_id,
        '(none)' as contact_channel,
        owner_user_id as user_id,
        contact_id,
        card_source as source,
        card_medium as medium,
        card_campaign as campaign
    from deals
),

-- At one instant a deal that closes is no longer open for the openings, a new one not yet.
moments as (
    select
        person_id,
        closed_in_order_at as happened_at,
        1 as phase,
        0 as kind_rank,
        deal_id as id,
        1 as closed,
        case when closed_in_order_at > created_in_order_at then -1 else 0 end as opened
    from deals
    where (is_won or is_lost) and closed_at is not null

    union all

    select
        person_id,
        ordered_at as happened_at,
        2 as phase,
        kind_rank,
        opening_id as id,
        0 as closed,
        0 as opened
    from openings

    union all

    select
        person_id,
        created_in_order_at as happened_at,
        3 as phase,
        0 as kind_rank,
        deal_id as id,
        0 as closed,
        1 as opened
    from deals
    where is_open or closed_in_order_at > created_in_order_at
),

counted as (
    select
        person_id,
        happened_at,
        phase,
        kind_rank,
        id,
        sum(closed) over so_far as deals_closed,
        sum(opened) over so_far as deals_open
    from moments
    window
        so_far as (
            partition by person_id
            order by happened_at, phase, kind_rank, id
            rows between unbounded preceding and current row
        )
),

compared as (
    select
        person_id,
        happened_at,
        kind_rank,
        id,
        deals_open,
        deals_closed - lag(deals_closed) over in_order as closed_since,
        lag(happened_at) over in_order as previous_at
    from counted
    where phase = 2
    window in_order as (partition by person_id order by happened_at, kind_rank, id)
),

numbered as (
    select
        person_id,
        kind_rank,
        id,
        sum(
            case
                when previous_at is null then 1
                when deals_open > 0 then 0
                when closed_since > 0 then 1
                when {{ elapsed_micros('previous_at', 'happened_at') }}
                    > {{ var('lead_gap_days') }} * 86400000000
                    then 1
                else 0
            end
        ) over (
            partition by person_id
            order by happened_at, kind_rank, id
            rows between unbounded preceding and current row
        ) as lead_no
    from compared
),

final as (
    select
        openings.person_id || ':' || cast(numbered.lead_no as string) as lead_id,
        openings.person_id,
        cast(numbered.lead_no as bigint) as lead_no,
        openings.opened_at,
        openings.ordered_at,
        openings.opened_by,
        openings.kind_rank,
        openings.opening_id,
        openings.contact_channel,
        openings.user_id,
        openings.contact_id,
        nullif(openings.source, '(unknown)') as source,
        openings.medium,
        openings.campaign
    from openings
    inner join numbered
        on openings.person_id = numbered.person_id
        and openings.kind_rank = numbered.kind_rank
        and openings.opening_id = numbered.id
)

select * from final
