-- grain: one row per contact id that was merged before as_of, with the id it counts as (D-32)
with recursive merge_events as (
    select
        merged_contact_id,
        surviving_contact_id
    from {{ ref('stg_contact_merges') }}
    where merged_at < {{ as_of() }}
),

-- Every id that a chain of merges passes; pairs repeat in a loop, so that union ends it.
chain as (
    select
        merged_contact_id as contact_id,
        surviving_contact_id as passed_contact_id
    from merge_events

    union

    select
        chain.contact_id,
        merge_events.surviving_contact_id as passed_contact_id
    from chain
    inner join merge_events on chain.passed_contact_id = merge_events.merged_contact_id
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
