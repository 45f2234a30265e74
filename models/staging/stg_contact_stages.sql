-- grain: one row per event (contact_id, pipeline, stage, occurred_at)
with source as (
    select * from {{ source('landing', 'contact_stages') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        contact_id,
        actor_user_id,
        -- text
        pipeline,
        stage,
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
            partition by contact_id, pipeline, stage, occurred_at
            order by {{ latest_first() }}
        ) = 1
)

select * from final
