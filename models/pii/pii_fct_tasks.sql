-- grain: one row per task created before as_of, with what is to be done
{{ config(alias='fct_tasks') }}
with tasks as (
    select * from {{ ref('fct_tasks') }}
),

landed as (
    select * from {{ ref('stg_tasks') }}
)

select
    tasks.*,
    landed.title
from tasks
inner join landed on tasks.task_id = landed.task_id
