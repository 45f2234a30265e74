-- grain: one row per person and candidate of its first source, the chosen one marked (the ledger)
with candidates as (
    select * from {{ ref('int_source_candidates_ranked') }}
)

select
    person_id,
    candidate_no,
    occurred_at,
    evidence,
    evidence_id,
    source,
    medium,
    campaign,
    keyword,
    is_direct,
    is_chosen,
    reason
from candidates
