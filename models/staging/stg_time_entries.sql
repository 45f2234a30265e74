-- grain: one row per entry_id, the latest delivered
with source as (
    select * from {{ source('landing', 'time_entries') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        entry_id,
        user_id,
        -- text
        activity,
        -- numbers
        {{ to_amount('hours') }} as hours,
        -- times
        {{ to_date('date') }} as date,
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
            partition by entry_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
