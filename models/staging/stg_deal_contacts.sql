-- grain: one row per deal_id, contact_id, the latest delivered
with source as (
    select * from {{ source('landing', 'deal_contacts') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        deal_id,
        contact_id,
        -- booleans
        {{ to_boolean('is_primary', false) }} as is_primary,
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
            partition by deal_id, contact_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
