-- grain: one row per file, entity and mapping, the load that counts
select
    source_system,
    entity,
    file,
    mapping,
    status,
    sha256,
    unknown_columns,
    moments_emptied,
    rows_read,
    rows_loaded,
    rows_quarantined,
    rows_excluded,
    delivery_date,
    loaded_at
from {{ ref('stg_loads') }}
