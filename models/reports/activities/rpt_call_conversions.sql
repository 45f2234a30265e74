-- grain: one row per day, user and source with inbound calls (ST-73)
with calls as (
    select
        *,
        {{ ordered_at('started_at', 'started_at_is_day') }} as ordered_at,
        coalesce(user_id, '(none)') as user_or_none
    from {{ ref('fct_calls') }}
    where direction = 'in' and not is_internal
),

deals as (
    select
        *,
        {{ ordered_at('created_at', 'created_at_is_day') }} as ordered_at
    from {{ ref('fct_deals') }}
),

leads as (
    select * from {{ ref('fct_leads') }}
    where opened_by = 'call'
),

users as (
    select * from {{ ref('dim_users') }}
),

-- A deal counts for the latest call of its person before it.
conversions as (
    select
        calls.call_id,
        deals.is_won
    from calls
    inner join deals
        on calls.person_id = deals.person_id
        and calls.ordered_at <= deals.ordered_at
        and {{ elapsed_micros('calls.started_at', 'deals.created_at') }}
        <= {{ var('call_conversion_hours') }} * 3600000000
    qualify
        row_number() over (
            partition by deals.deal_id
            order by calls.ordered_at desc, calls.call_id asc
        ) = 1
),

converted as (
    select
        call_id,
        count(*) as deals_created,
        count(*) filter (where is_won) as deals_won
    from conversions
    group by call_id
),

counted as (
    select
        calls.started_date as date_day,
        calls.user_or_none as user_id,
        max(calls.user_name) as user_name,
        max(users.team) as team,
        calls.source,
        cast(sum(calls.call_count) as bigint) as inbound_calls,
        count(leads.lead_id) as leads_opened,
        sum(converted.deals_created) as deals_created,
        sum(converted.deals_won) as deals_won
    from calls
    left join converted on calls.call_id = converted.call_id
    left join leads on calls.call_id = leads.opening_id
    left join users on calls.user_id = users.user_id
    group by calls.started_date, calls.user_or_none, calls.source
)

select
    date_day,
    user_id,
    user_name,
    team,
    source,
    inbound_calls,
    leads_opened,
    {{ if_measured('deals_created', 'deals') }} as deals_created,
    {{ if_measured('deals_won', 'deals') }} as deals_won
from counted
