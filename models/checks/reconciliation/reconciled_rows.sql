-- grain: one row per entity and side: rows that the load log calls loaded, rows of the raw table
select
    'rows loaded = raw rows' as check_name,
    entity as scope,
    cast(null as string) as currency,
    sum(rows_loaded) as raw_total,
    0 as mart_total
from {{ source('load_log', 'loads') }}
where is_current and rows_loaded > 0
group by all
{%- for entity in landing_contract() %}

union all

select
    'rows loaded = raw rows' as check_name,
    '{{ entity }}' as scope,
    cast(null as string) as currency,
    0 as raw_total,
    count(*) as mart_total
from {{ source('landing', entity) }}
{%- endfor %}
