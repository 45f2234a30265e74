-- grain: one landed row of a deal, every delivery's (the deal's history as far as it was delivered)
with source as (
    select * from {{ source('files', 'deals') }}
    where {{ is_known() }}
),

final as (
    select
        -- ids
        deal_id,
        owner_user_id,
        -- times
        coalesce({{ to_instant('updated_at') }}, {{ to_instant('created_at') }}) as version_at,
        -- load
        'files' as source_system,
        _delivery_date,
        _source_file,
        _row_number,
        _load_id
    from source
)

select * from final
