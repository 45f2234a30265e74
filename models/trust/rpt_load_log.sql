-- grain: one row per file and entity, the load that counts
with loads as (
    select * from {{ ref('stg_loads') }}
)

select
    source_system,
    entity,
    delivery_date,
    file,
    status,
    sha256,
    rows_read,
    rows_loaded,
    rows_quarantined,
    rows_excluded,
    unknown_columns,
    loaded_at
from loads
