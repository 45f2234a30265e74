-- grain: one row per person that called: its earliest inbound call (DJ-40)
with calls as (
    select * from {{ ref('int_calls_matched') }}
    where direction = 'in' and person_id is not null
)

select
    person_id,
    call_id,
    recording_url
from calls
qualify row_number() over (partition by person_id order by started_at, call_id) = 1
