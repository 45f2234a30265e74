-- grain: one row per contact_id, the latest delivered
with source as (
    select * from {{ source('landing', 'contacts') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        contact_id,
        owner_user_id,
        -- text
        first_name,
        middle_name,
        last_name,
        email,
        phone,
        company,
        country,
        region,
        city,
        gender,
        lead_source,
        lead_medium,
        lead_campaign,
        -- booleans
        {{ to_boolean('is_deleted', false) }} as is_deleted,
        -- times
        {{ to_instant('created_at') }} as created_at,
        {{ to_instant('updated_at') }} as updated_at,
        {{ to_date('birth_date') }} as birth_date,
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
            partition by contact_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
