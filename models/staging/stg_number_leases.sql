-- grain: one row per phone, session_id, leased_at, the latest delivered
with source as (
    select * from {{ source('landing', 'number_leases') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        session_id,
        visitor_id,
        -- text
        phone,
        -- times
        {{ to_instant('leased_at') }} as leased_at,
        {{ to_instant('released_at') }} as released_at,
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
            partition by phone, session_id, leased_at
            order by {{ latest_first() }}
        ) = 1
)

select * from final
