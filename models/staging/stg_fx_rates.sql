-- grain: one row per date, currency, the latest delivered
with source as (
    select * from {{ source('landing', 'fx_rates') }}
    where {{ is_known() }}
),

typed as (
    select
        -- text
        currency,
        -- numbers
        {{ to_rate('rate') }} as rate,
        -- times
        {{ to_date('date') }} as date,
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
            partition by date, currency
            order by {{ latest_first() }}
        ) = 1
)

select * from final
