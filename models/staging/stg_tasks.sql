-- grain: one row per task_id, the latest delivered
with source as (
    select * from {{ source('landing', 'tasks') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        task_id,
        user_id,
        contact_id,
        deal_id,
        -- text
        status,
        type,
        title,
        -- times
        {{ to_instant('created_at') }} as created_at,
        {{ to_instant('due_at') }} as due_at,
        {{ to_instant('done_at') }} as done_at,
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
            partition by task_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
