-- grain: one row per contact id that was merged before as_of, with the id it counts as (D-32)
with recursive known_merges as (
    select * from {{ ref('stg_contact_merges') }}
    where merged_at < {{ as_of() }} and merged_contact_id <> surviving_contact_id
),

looping as (
    select merged_contact_id from ({{ looping_merges('known_merges') }}) as latest_of_loops
),

merge_events as (
    select
        known_merges.merged_contact_id,
        known_merges.surviving_contact_id
    from known_merges
    left join looping on known_merges.merged_contact_id = looping.merged_contact_id
    where looping.merged_contact_id is null
),

chain as (
    {{ merge_chain() }}
),

final as (
    select
        chain.contact_id,
        chain.passed_contact_id as surviving_contact_id
    from chain
    left join merge_events on chain.passed_contact_id = merge_events.merged_contact_id
    where merge_events.merged_contact_id is null
)

select * from final
