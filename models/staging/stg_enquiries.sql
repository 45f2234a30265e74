-- grain: one row per enquiry_id, the latest delivered
with source as (
    select * from {{ source('landing', 'enquiries') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        enquiry_id,
        session_id,
        visitor_id,
        contact_id,
        -- text
        channel,
        name,
        email,
        phone,
        source,
        medium,
        campaign,
        page,
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
            partition by enquiry_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
