-- grain: one row per event (contact_id, to_user_id, occurred_at)
with source as (
    select * from {{ source('landing', 'contact_owners') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        contact_id,
        from_user_id,
        to_user_id,
        -- times
        {{ to_instant('occurred_at') }} as occurred_at,
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
            partition by contact_id, to_user_id, occurred_at
            order by {{ latest_first() }}
        ) = 1
)

select * from final
