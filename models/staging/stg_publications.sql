-- grain: one row per build that was published
with publications as (
    select * from {{ source('load_log', 'publications') }}
)

select
    build_id,
    published_at,
    as_of,
    as_known_at,
    code_version,
    seeds_hash,
    panel_hashes,
    input_hash,
    output_hash,
    tables,
    rows
from publications
