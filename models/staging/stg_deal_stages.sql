-- grain: one row per event (deal_id, stage, occurred_at)
with source as (
    select * from {{ source('landing', 'deal_stages') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        deal_id,
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
            partition by deal_id, stage, occurred_at
            order by {{ latest_first() }}
        ) = 1
)

select * from final
