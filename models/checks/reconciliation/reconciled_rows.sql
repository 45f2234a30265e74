-- grain: one row per entity and side: known rows that the load log calls loaded, those of the table
select
    'rows loaded = raw rows' as check_name,
    entity as scope,
    cast(null as string) as currency,
    sum(rows_loaded) as raw_total,
    0 as mart_total
from {{ source('load_log', 'loads') }}
where is_current and rows_loaded > 0 and {{ is_known('delivery_date') }}
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
where {{ is_known() }}
{%- endfor %}
