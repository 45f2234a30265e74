-- grain: one row per person, with its first source (TS-16): the chosen candidate, (unknown) where
-- there are candidates but none can be told, (none) where there is no candidate
with persons as (
    select distinct person_id from {{ ref('int_persons_resolved') }}
),

candidates as (
    select * from {{ ref('fct_source_candidates') }}
),

evidenced as (
    select distinct person_id from candidates
),

chosen as (
    select * from candidates
    where is_chosen
),

channels as (
    select * from {{ ref('dim_channels') }}
),

first_sources as (
    select
        persons.person_id,
        case
            when chosen.is_direct then 'direct'
            when chosen.person_id is not null then chosen.source
            when evidenced.person_id is not null then '(unknown)'
            else '(none)'
        end as source,
        case when chosen.is_direct then 'none' else chosen.medium end as medium,
        case when not chosen.is_direct then chosen.campaign end as campaign
    from persons
    left join evidenced on persons.person_id = evidenced.person_id
    left join chosen on persons.person_id = chosen.person_id
)

select
    first_sources.person_id,
    first_sources.source,
    first_sources.medium,
    first_sources.campaign,
    channels.channel,
    channels.demand_class
from first_sources
left join channels
    on first_sources.source = channels.source
    and first_sources.medium is not distinct from channels.medium
