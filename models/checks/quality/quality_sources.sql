-- grain: one row per rule about where calls, visits and contacts come from
select
    'inbound call that nothing explains' as rule,
    'fct_calls' as table_name,
    'warn' as severity,
    'The call has no source. '
    || 'Look for a number that tracking_numbers lacks, or for leases that are missing.' as meaning,
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
    'The source stands under the channel (unknown). '
    || 'Add a row for it to seeds/channels.csv.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('dim_channels') }}) as total_rows,
    {{ smallest_keys("source || ' / ' || coalesce(medium, '(none)')") }} as sample_keys
from {{ ref('dim_channels') }}
where channel = '(unknown)' and source not in ('(none)', '(unknown)')
