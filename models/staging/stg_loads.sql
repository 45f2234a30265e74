-- grain: one row per file, entity and mapping, the load that counts
with loads as (
    select * from {{ source('load_log', 'loads') }}
    where is_current and {{ is_known('delivery_date') }}
),

looping as (
    select
        load_id,
        count(*) as rows_looping
    from ({{ looping_merges_landed() }}) as landed
    group by load_id
),

final as (
    select
        loads.source_system,
        loads.entity,
        loads.file,
        loads.mapping,
        loads.status,
        loads.sha256,
        loads.unknown_columns,
        loads.absent_columns,
        loads.unread_sheets,
        loads.moments_emptied,
        loads.rows_read,
        loads.rows_loaded - coalesce(looping.rows_looping, 0) as rows_loaded,
        loads.rows_quarantined + coalesce(looping.rows_looping, 0) as rows_quarantined,
        loads.rows_excluded,
        loads.delivery_date,
        loads.loaded_at
    from loads
    left join looping on loads.load_id = looping.load_id
)

select * from final
