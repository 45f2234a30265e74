-- grain: one row per response_id, the latest delivered
with source as (
    select * from {{ source('landing', 'surveys') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        response_id,
        contact_id,
        -- text
        comment,
        -- numbers
        {{ to_integer('score') }} as score,
        -- times
        {{ to_instant('responded_at') }} as responded_at,
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
            partition by response_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
