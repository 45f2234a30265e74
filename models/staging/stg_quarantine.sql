-- grain: one row per landed row (or whole file) that could not be read or closes a loop of merges,
-- with what stood in it
select
    source_system,
    entity,
    file,
    column_name,
    reason,
    value,
    row_json,
    row_number,
    delivery_date
from {{ source('load_log', 'quarantine') }}
where {{ is_known('delivery_date') }}

union all

select
    source_system,
    entity,
    file,
    column_name,
    reason,
    value,
    row_json,
    row_number,
    delivery_date
from ({{ looping_merges_landed() }}) as looping
