-- grain: one row per payment_id, the latest delivered
with source as (
    select * from {{ source('landing', 'payments') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        payment_id,
        deal_id,
        -- text
        currency,
        -- numbers
        {{ to_amount('amount') }} as amount,
        -- times
        {{ to_instant('paid_at') }} as paid_at,
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
            partition by payment_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
