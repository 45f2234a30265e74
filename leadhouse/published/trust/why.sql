-- Why a contact, person, deal or call has its source: what the call itself was matched by (candidate_no
-- 0) and all evidence of its person, the earliest first, with the reason for or against each.
create macro trust.why(kind, id) as table
with persons as (
    select
        contacts.person_id,
        'contact' as kind_of_id,
        contacts.contact_id as subject_id
    from marts.dim_contacts as contacts

    union all

    select
        persons.person_id,
        'person' as kind_of_id,
        persons.person_id as subject_id
    from marts.dim_persons as persons

    union all

    select
        deals.person_id,
        'deal' as kind_of_id,
        deals.deal_id as subject_id
    from marts.fct_deals as deals

    union all

    select
        calls.person_id,
        'call' as kind_of_id,
        calls.call_id as subject_id
    from marts.fct_calls as calls
)

select
    calls.person_id,
    cast(0 as bigint) as candidate_no,
    calls.started_at as occurred_at,
    'match: ' || calls.match_method as evidence,
    calls.call_id as evidence_id,
    calls.source,
    calls.medium,
    calls.campaign,
    calls.keyword,
    coalesce(calls.source = 'direct', false) as is_direct,
    false as is_chosen,
    'the match of this call: its own source, which its person need not have' as reason
from marts.fct_calls as calls
where kind = 'call' and calls.call_id = id

union all

select
    candidates.person_id,
    candidates.candidate_no,
    candidates.occurred_at,
    candidates.evidence,
    candidates.evidence_id,
    candidates.source,
    candidates.medium,
    candidates.campaign,
    candidates.keyword,
    candidates.is_direct,
    candidates.is_chosen,
    candidates.reason
from marts.fct_source_candidates as candidates
inner join persons on candidates.person_id = persons.person_id
where persons.subject_id = id
    and persons.kind_of_id = case
        when kind in ('contact', 'person', 'deal', 'call') then kind
        else error('The kind is contact, person, deal or call.')
    end
order by candidate_no
