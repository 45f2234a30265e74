-- grain: one row per landed row or whole file that could not be read
select
    source_system,
    entity,
    delivery_date,
    file,
    row_number,
    column_name,
    reason
from {{ ref('stg_quarantine') }}
