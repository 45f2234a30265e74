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

union all

select
    'mapped column that is missing' as rule,
    'rpt_load_log' as table_name,
    'warn' as severity,
    'The mapping reads columns that the file does not have, so they are empty. The key ends in '
    || 'their names: correct them in the mapping, or in the export.' as meaning,
    count(*) filter (where absent_columns <> '[]') as failing_rows,
    count(*) filter (where mapping is not null) as total_rows,
    {{ smallest_keys(
        "case when absent_columns <> '[]' then entity || ':' || file || ' ' || absent_columns end"
    ) }} as sample_keys
from {{ ref('stg_loads') }}

union all

select
    'sheet that nothing reads' as rule,
    'rpt_load_log' as table_name,
    'warn' as severity,
    'The workbook has sheets that no mapping reads, so their rows are not counted. Write a '
    || 'mapping with that sheet, or remove it from the file.' as meaning,
    count(*) filter (where unread_sheets <> '[]') as failing_rows,
    count(*) as total_rows,
    {{ smallest_keys(
        "case when unread_sheets <> '[]' then entity || ':' || file || ' ' || unread_sheets end"
    ) }} as sample_keys
from {{ ref('stg_loads') }}

union all

select
    'file of which no row lands' as rule,
    'rpt_load_log' as table_name,
    'warn' as severity,
    'The mappings leave out every row of the file. Look at their where: a misspelled value '
    || 'keeps none.' as meaning,
    count(*) filter (where is_left_out) as failing_rows,
    count(*) as total_rows,
    {{ smallest_keys("case when is_left_out then entity || ':' || file end") }} as sample_keys
from (
    -- Several mappings may each make a part of a file's rows the entity.
    select
        entity,
        file,
        sum(rows_excluded) > 0 and sum(rows_excluded) = sum(rows_read) as is_left_out
    from {{ ref('stg_loads') }}
    where mapping is not null
    group by entity, file, delivery_date
) as files
