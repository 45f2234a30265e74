-- grain: one row per phone, valid_from, the latest delivered
with source as (
    select * from {{ source('landing', 'tracking_numbers') }}
    where {{ is_known() }}
),

typed as (
    select
        -- text
        phone,
        kind,
        source,
        medium,
        campaign,
        event_name,
        -- times
        {{ to_instant('valid_from') }} as valid_from,
        {{ to_instant('valid_to') }} as valid_to,
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
            partition by phone, valid_from
            order by {{ latest_first() }}
        ) = 1
)

select * from final
