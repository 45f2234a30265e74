-- grain: one row per file and entity, the load that counts
select * from {{ ref('stg_loads') }}
