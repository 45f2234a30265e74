-- grain: one landed row of a deal, every delivery's (the deal's history as far as it was delivered)
with source as (
    select * from {{ source('landing', 'deals') }}
    where {{ is_row() }}
),

final as (
    select
        -- ids
        deal_id,
        owner_user_id,
        -- times
        -- A card that does not say when it was changed is as it was on the day of its delivery; the
        -- first one has been so since the deal's creation.
        coalesce(
            {{ to_instant('updated_at') }},
            case
                when _delivery_date = min(_delivery_date) over (partition by deal_id)
                    then {{ to_instant('created_at') }}
            end,
            {{ day_start('_delivery_date') }}
        ) as version_at,
        -- load
        coalesce(_source_system, 'files') as source_system,
        _delivery_date,
        _source_file,
        _row_number,
        _load_id
    from source
)

select * from final
