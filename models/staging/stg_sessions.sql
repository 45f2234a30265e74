-- grain: one row per session_id, the latest delivered
with source as (
    select * from {{ source('landing', 'sessions') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        session_id,
        visitor_id,
        -- text
        utm_source,
        utm_medium,
        utm_campaign,
        utm_content,
        utm_term,
        gclid,
        yclid,
        fbclid,
        referrer,
        landing_page,
        device,
        country,
        region,
        -- times
        {{ to_instant('started_at') }} as started_at,
        -- load
        'files' as source_system,
        _delivery_date,
        _source_file,
        _row_number,
        _load_id
    from source
),

superseded as (
    {{ superseded_rows('sessions', 'session_id') }}
),

final as (
    select typed.*
    from typed
    left join superseded
        on typed.session_id = superseded.session_id
        and typed._load_id = superseded._load_id
        and typed._row_number = superseded._row_number
    where superseded.session_id is null
)

select * from final
