-- grain: one row per landed row (or whole file) that could not be read, with what stood in it
{{ config(alias='rpt_quarantine') }}
with quarantine as (
    select * from {{ source('ledger', 'quarantine') }}
    where {{ is_known('delivery_date') }}
)

select
    source_system,
    entity,
    delivery_date,
    file,
    row_number,
    column_name,
    reason,
    value,
    row_json
from quarantine
