-- grain: one landed row of a user, every delivery's (the user's history as far as it was delivered)
with source as (
    select * from {{ source('landing', 'users') }}
    where {{ is_row() }}
),

final as (
    select
        -- ids
        user_id,
        -- attributes
        name,
        role,
        team,
        coalesce({{ to_boolean('is_active') }}, true) as is_active,
        -- times
        -- A card that does not say when it was changed holds from the day of its delivery; the
        -- first one has always held, which is NULL.
        coalesce(
            {{ to_instant('updated_at') }},
            case
                when _delivery_date > min(_delivery_date) over (partition by user_id)
                    then {{ day_start('_delivery_date') }}
            end
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
