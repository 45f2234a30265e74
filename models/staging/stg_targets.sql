-- grain: one row per month, level, level_id, metric, the latest delivered
with source as (
    select * from {{ source('landing', 'targets') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        level_id,
        -- text
        month,
        level,
        metric,
        currency,
        -- numbers
        {{ to_amount('target') }} as target,
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
            partition by month, level, level_id, metric
            order by {{ latest_first() }}
        ) = 1
)

select * from final
