-- grain: one row per rule about the landed files
select
    'landed row in quarantine' as rule,
    'rpt_quarantine' as table_name,
    'warn' as severity,
    'The row could not be read and is not counted. See trust.rpt_quarantine for the '
    || 'reason, correct it in the source and deliver it again.' as meaning,
    count(*) as failing_rows,
    (select sum(rows_read) from {{ ref('stg_loads') }}) as total_rows,
    {{ smallest_keys(
        "entity || ':' || file || ':' || coalesce(cast(row_number as string), 'whole file')"
    ) }} as sample_keys
from {{ ref('stg_quarantine') }}

union all

select
    'impossible date or time' as rule,
    'rpt_load_log' as table_name,
    'warn' as severity,
    'The date is before 1900, after 2199 or all zeros, so it is treated as empty. Correct '
    || 'it in the source, or leave it empty.' as meaning,
    cast(coalesce(sum(moments_emptied), 0) as bigint) as failing_rows,
    cast(coalesce(sum(rows_loaded), 0) as bigint) as total_rows,
    {{ smallest_keys("case when moments_emptied > 0 then entity || ':' || file end") }}
        as sample_keys
from {{ ref('stg_loads') }}
