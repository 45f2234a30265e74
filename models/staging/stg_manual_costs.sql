-- grain: one row per cost_id, the latest delivered
with source as (
    select * from {{ source('landing', 'manual_costs') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        cost_id,
        -- text
        source,
        medium,
        campaign,
        currency,
        kind,
        -- numbers
        {{ to_amount('amount') }} as amount,
        -- booleans
        {{ to_boolean('is_planned', false) }} as is_planned,
        -- times
        {{ to_date('date_from') }} as date_from,
        {{ to_date('date_to') }} as date_to,
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
            partition by cost_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
