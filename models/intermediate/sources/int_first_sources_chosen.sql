-- grain: one row per person, with its first source (TS-16): the chosen candidate, (unknown) where
-- there are candidates but none can be told, (none) where there is no candidate
with persons as (
    select distinct person_id from {{ ref('int_persons_resolved') }}
),

candidates as (
    select * from {{ ref('int_source_candidates_ranked') }}
),

summaries as (
    select
        person_id,
        max(candidate_no) filter (where is_chosen) as chosen_no
    from candidates
    group by person_id
),

final as (
    select
        persons.person_id,
        case
            when chosen.is_direct then 'direct'
            when chosen.source is not null then chosen.source
            when summaries.person_id is not null then '(unknown)'
            else '(none)'
        end as source,
        case when chosen.is_direct then 'none' else chosen.medium end as medium,
        case when not chosen.is_direct then chosen.campaign end as campaign
    from persons
    left join summaries on persons.person_id = summaries.person_id
    left join candidates as chosen
        on summaries.person_id = chosen.person_id
        and summaries.chosen_no = chosen.candidate_no
)

select * from final
