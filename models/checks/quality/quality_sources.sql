-- grain: one row per rule about where calls, visits and contacts come from
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
{%- set evidence = 'sum(coalesce(sessions, 0) + coalesce(calls, 0) + coalesce(contacts, 0))' %}
{%- set sources = [
    ('source with spend and without a session, call or contact', 'sum(spend_rc) <> 0 and ' ~ evidence ~ ' = 0',
     'Money was spent, but nobody is known to have come from there. If the source is spelt differently'
     ~ ' elsewhere, add a rule to the seed source_rules.'),
    ('paid source without any spend', 'bool_or(is_paid) and coalesce(sum(spend_rc), 0) = 0 and ' ~ evidence ~ ' > 0',
     'People came from there, seemingly at no cost. Deliver its spend; if it is spelt differently'
     ~ ' there, add a rule to the seed source_rules.'),
] %}
{%- for rule, condition, meaning in sources %}

union all

select
    '{{ rule }}' as rule,
    'fct_channel_days' as table_name,
    'warn' as severity,
    '{{ meaning }}' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('dim_channels') }}) as total_rows,
    {{ smallest_keys("source || ' / ' || coalesce(medium, '(none)')") }} as sample_keys
from (
    select
        channel_days.source,
        channel_days.medium
    from {{ ref('fct_channel_days') }} as channel_days
    inner join {{ ref('dim_channels') }} as channels
        on channel_days.source = channels.source
        and channel_days.medium is not distinct from channels.medium
    group by channel_days.source, channel_days.medium
    having {{ condition }}
) as listed_sources
{%- endfor %}
