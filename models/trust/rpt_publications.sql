-- grain: one row per build that was published, the one that this file is included
select * from {{ ref('stg_publications') }}
