-- grain: one row per meeting_id, the latest delivered
with source as (
    select * from {{ source('landing', 'meetings') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        meeting_id,
        user_id,
        contact_id,
        deal_id,
        -- text
        type,
        status,
        -- times
        {{ to_instant('created_at') }} as created_at,
        {{ to_instant('starts_at') }} as starts_at,
        {{ to_instant('ends_at') }} as ends_at,
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
            partition by meeting_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
