-- grain: one row per answer to a survey before as_of, without its comment
with surveys as (
    select * from {{ ref('stg_surveys') }}
    where responded_at < {{ as_of() }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

persons as (
    select * from {{ ref('int_persons_resolved') }}
)

select
    surveys.response_id,
    surveys.responded_at,
    {{ local_date('surveys.responded_at') }} as responded_date,
    coalesce(survivors.surviving_contact_id, surveys.contact_id) as contact_id,
    persons.person_id,
    surveys.score,
    case
        when surveys.score >= 9 then 'promoter'
        when surveys.score >= 7 then 'passive'
        else 'detractor'
    end as score_group
from surveys
left join survivors on surveys.contact_id = survivors.contact_id
left join persons
    on coalesce(survivors.surviving_contact_id, surveys.contact_id) = persons.contact_id
