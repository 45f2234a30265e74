-- grain: one row per user_id, the latest delivered
with source as (
    select * from {{ source('landing', 'users') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        user_id,
        -- text
        name,
        email,
        role,
        team,
        -- booleans
        {{ to_boolean('is_active', true) }} as is_active,
        -- times
        {{ to_instant('updated_at') }} as updated_at,
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
            partition by user_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
