-- grain: one row per rule about the landed files
select
    'landed row in quarantine' as rule,
    'rpt_quarantine' as table_name,
    'warn' as severity,
    'The row counts nowhere. '
    || 'trust.rpt_quarantine says why; correct it in the source and deliver it again.' as meaning,
    count(*) as failing_rows,
    (select sum(rows_read) from {{ ref('stg_loads') }}) as total_rows,
    {{ smallest_keys(
        "entity || ':' || file || ':' || coalesce(cast(row_number as string), 'whole file')"
    ) }} as sample_keys
from {{ ref('stg_quarantine') }}

union all

select
    'date or time that is none' as rule,
    'rpt_load_log' as table_name,
    'warn' as severity,
    'The cell counts as empty: it is before 1900 or from 2200 on, or zeros. '
    || 'Correct it in the source, or leave it empty.' as meaning,
    cast(coalesce(sum(moments_emptied), 0) as bigint) as failing_rows,
    cast(coalesce(sum(rows_loaded), 0) as bigint) as total_rows,
    {{ smallest_keys("case when moments_emptied > 0 then entity || ':' || file end") }}
        as sample_keys
from {{ ref('stg_loads') }}
