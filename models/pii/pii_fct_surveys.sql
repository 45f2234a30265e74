-- grain: one row per answer to a survey before as_of, with its comment
{{ config(alias='fct_surveys') }}
with surveys as (
    select * from {{ ref('fct_surveys') }}
),

landed as (
    select * from {{ ref('stg_surveys') }}
)

select
    surveys.*,
    landed.comment
from surveys
inner join landed on surveys.response_id = landed.response_id
