-- grain: one row per email_id, the latest delivered
with source as (
    select * from {{ source('landing', 'emails') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        email_id,
        user_id,
        contact_id,
        deal_id,
        thread_id,
        -- text
        direction,
        kind,
        campaign,
        -- booleans
        {{ to_boolean('bounced') }} as bounced,
        -- times
        {{ to_instant('sent_at') }} as sent_at,
        {{ to_instant('opened_at') }} as opened_at,
        {{ to_instant('clicked_at') }} as clicked_at,
        {{ to_instant('replied_at') }} as replied_at,
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
            partition by email_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
