-- grain: one row per pipeline, stage, the latest delivered
with source as (
    select * from {{ source('landing', 'pipeline_stages') }}
    where {{ is_known() }}
),

typed as (
    select
        -- text
        pipeline,
        stage,
        kind,
        -- numbers
        {{ to_integer('position') }} as position,
        {{ to_rate('probability') }} as probability,
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
            partition by pipeline, stage
            order by {{ latest_first() }}
        ) = 1
)

select * from final
