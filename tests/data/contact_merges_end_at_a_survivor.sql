-- Detects: contacts merged into each other in a loop before as_of, so that none of them survives
--   (D-32).
-- Usually means: the source merged a contact back, or two exports name the merge in both
--   directions.
-- A returned row: one loop, with all the contact ids in it.
{{ config(meta={'dagster': {'ref': {'name': 'stg_contact_merges'}}}) }}
with recursive merge_events as (
    select
        merged_contact_id,
        surviving_contact_id
    from {{ ref('stg_contact_merges') }}
    where merged_at < {{ as_of() }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

lost_merges as (
    select
        merge_events.merged_contact_id,
        merge_events.surviving_contact_id
    from merge_events
    left join survivors on merge_events.merged_contact_id = survivors.contact_id
    where survivors.contact_id is null
),

chain as (
    select
        merged_contact_id as contact_id,
        surviving_contact_id as passed_contact_id
    from lost_merges

    union

    select
        chain.contact_id,
        lost_merges.surviving_contact_id as passed_contact_id
    from chain
    inner join lost_merges on chain.passed_contact_id = lost_merges.merged_contact_id
),

-- A contact that leads into a loop is lost too, but is not part of it.
in_loops as (
    select contact_id
    from chain
    where contact_id = passed_contact_id
),

loops as (
    select
        chain.contact_id,
        min(chain.passed_contact_id) as loop_id
    from chain
    inner join in_loops on chain.contact_id = in_loops.contact_id
    group by chain.contact_id
),

final as (
    select
        'contact_merges runs in a loop: the contacts ' || {{ list_of('contact_id', 'contact_id') }}
        || ' are merged into each other and none survives. Correct surviving_contact_id of one of '
        || 'them in the source and deliver the row again (the latest delivery wins).' as problem
    from loops
    group by loop_id
)

select * from final
