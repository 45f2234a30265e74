-- grain: one row per landed row (or whole file) that could not be read
with quarantine as (
    select * from {{ source('ledger', 'quarantine') }}
)

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
from quarantine
where {{ is_known('delivery_date') }}
