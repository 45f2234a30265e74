-- grain: one row per call_id, the latest delivered
with source as (
    select * from {{ source('landing', 'calls') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        call_id,
        user_id,
        session_id,
        visitor_id,
        contact_id,
        deal_id,
        -- text
        direction,
        from_phone,
        to_phone,
        status,
        source,
        medium,
        campaign,
        keyword,
        recording_url,
        tags,
        -- numbers
        {{ to_integer('wait_seconds') }} as wait_seconds,
        {{ to_integer('talk_seconds') }} as talk_seconds,
        coalesce({{ to_integer('call_count') }}, 1) as call_count,
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
    {{ superseded_rows('calls', 'call_id') }}
),

final as (
    select typed.*
    from typed
    left join superseded
        on typed.call_id = superseded.call_id
        and typed._load_id = superseded._load_id
        and typed._row_number = superseded._row_number
    where superseded.call_id is null
)

select * from final
