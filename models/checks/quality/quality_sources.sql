-- grain: one row per rule about where calls, visits and contacts come from
with advertising as (
    select
        source,
        medium,
        sum(cost_rc) as cost_rc
    from {{ ref('fct_ad_spend') }}
    -- Nobody comes from an agency or from a rented number.
    where kind not in ('agency', 'number_rent')
    group by source, medium
),

days as (
    select
        source,
        medium,
        sum(spend_rc) as spend_rc,
        -- NULL where neither sessions, calls nor contacts were ever delivered.
        case
            when count(sessions) + count(calls) + count(contacts) > 0
                then sum(coalesce(sessions, 0) + coalesce(calls, 0) + coalesce(contacts, 0))
        end as brought
    from {{ ref('fct_channel_days') }}
    group by source, medium
),

sources as (
    select
        days.source,
        days.medium,
        days.spend_rc,
        days.brought,
        advertising.cost_rc as advertising_rc,
        channels.is_paid
    from days
    inner join {{ ref('dim_channels') }} as channels
        on days.source = channels.source
        and days.medium is not distinct from channels.medium
    left join advertising
        on days.source = advertising.source
        and days.medium is not distinct from advertising.medium
)

select
    'inbound call that nothing explains' as rule,
    'fct_calls' as table_name,
    'warn' as severity,
    'The source of the call is unknown. Check tracking_numbers for a missing number and '
    || 'number_leases for missing leases.' as meaning,
    count(*) as failing_rows,
    (
        select count(*) from {{ ref('fct_calls') }}
        where not is_internal
    ) as total_rows,
    {{ smallest_keys('call_id') }} as sample_keys
from {{ ref('fct_calls') }}
where match_method = 'none' and not is_internal

union all

select
    'source without a rule in channels' as rule,
    'dim_channels' as table_name,
    'warn' as severity,
    'The source is shown under the channel (unknown). Add a rule for it to '
    || 'seeds/channels.csv.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('dim_channels') }}) as total_rows,
    {{ smallest_keys("source || ' / ' || coalesce(medium, '(none)')") }} as sample_keys
from {{ ref('dim_channels') }}
where channel = '(unknown)' and source not in ('(none)', '(unknown)')

union all

select
    'source with spend and without a session, call or contact' as rule,
    'fct_channel_days' as table_name,
    'warn' as severity,
    'Money was spent, but nobody is known to have come from there. If the source is spelt '
    || 'differently elsewhere, add a rule to the seed source_rules.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('dim_channels') }}) as total_rows,
    {{ smallest_keys("source || ' / ' || coalesce(medium, '(none)')") }} as sample_keys
from sources
where brought = 0 and advertising_rc <> 0

union all

select
    'paid source without any spend' as rule,
    'fct_channel_days' as table_name,
    'warn' as severity,
    'People came from there, seemingly at no cost. Deliver its spend; if it is spelt '
    || 'differently there, add a rule to the seed source_rules.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('dim_channels') }}) as total_rows,
    {{ smallest_keys("source || ' / ' || coalesce(medium, '(none)')") }} as sample_keys
from sources
where brought > 0 and is_paid and coalesce(spend_rc, 0) = 0
