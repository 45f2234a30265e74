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
