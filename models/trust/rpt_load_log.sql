-- grain: one row per file, entity and mapping, the load that counts
select * from {{ ref('stg_loads') }}
