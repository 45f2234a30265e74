-- grain: one row per landed row or whole file that could not be read
with quarantine as (
    select * from {{ ref('stg_quarantine') }}
)

select
    source_system,
    entity,
    delivery_date,
    file,
    row_number,
    column_name,
    reason
from quarantine
