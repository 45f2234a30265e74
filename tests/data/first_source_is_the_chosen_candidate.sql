-- Detects: a person with several chosen candidates, or whose contacts or deals carry another first
--   source than fct_source_candidates chose (TS-16).
-- Usually means: a table that works out the first source again instead of carrying it.
-- A returned row is: one person, contact or deal.
{{ config(meta={'dagster': {'ref': {'name': 'fct_source_candidates'}}}) }}
with choices as (
    select
        person_id,
        count(*) filter (where is_chosen) as chosen,
        max(case when is_direct then 'direct' else source end) filter (where is_chosen) as source,
        max(case when is_direct then 'none' else medium end) filter (where is_chosen) as medium,
        max(case when not is_direct then campaign end) filter (where is_chosen) as campaign
    from {{ ref('fct_source_candidates') }}
    group by person_id
),

carriers as (
    select
        'contact ' || contact_id as carrier,
        person_id,
        source,
        medium,
        campaign
    from {{ ref('dim_contacts') }}

    union all

    select
        'deal ' || deal_id as carrier,
        person_id,
        source,
        medium,
        campaign
    from {{ ref('fct_deals') }}
    -- A deal without a known person has the source of its own card.
    where person_id is not null
),

expected as (
    select
        carriers.carrier,
        carriers.source,
        carriers.medium,
        carriers.campaign,
        case
            when choices.chosen > 0 then choices.source
            when choices.person_id is not null then '(unknown)'
            else '(none)'
        end as expected_source,
        choices.medium as expected_medium,
        choices.campaign as expected_campaign
    from carriers
    left join choices on carriers.person_id = choices.person_id
)

select
    'Person ' || person_id || ' has ' || cast(chosen as string) || ' chosen candidates in'
    || ' marts.fct_source_candidates instead of one: look at'
    || ' models/marts/sources/fct_source_candidates.sql.' as problem
from choices
where chosen > 1

union all

select
    'The ' || carrier || ' carries the source ' || coalesce(source, 'NULL')
    || ', but its person''s first source is ' || expected_source
    || ' (source, medium or campaign differ): it must be carried unchanged from'
    || ' dim_persons.' as problem
from expected
where source is distinct from expected_source
    or medium is distinct from expected_medium
    or campaign is distinct from expected_campaign
