-- grain: one row per merged_contact_id, the latest delivered
with source as (
    select * from {{ source('landing', 'contact_merges') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        merged_contact_id,
        surviving_contact_id,
        -- times
        {{ to_instant('merged_at') }} as merged_at,
        -- load
        'files' as source_system,
        _delivery_date,
        _source_file,
        _row_number,
        _load_id
    from source
),

final as (
    select * from typed
    qualify
        row_number() over (
            partition by merged_contact_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
