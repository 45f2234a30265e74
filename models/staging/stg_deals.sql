-- grain: one row per deal_id, the latest delivered
with source as (
    select * from {{ source('landing', 'deals') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        deal_id,
        contact_id,
        owner_user_id,
        -- text
        title,
        pipeline,
        stage,
        status,
        currency,
        product,
        competitor,
        lost_reason,
        source,
        medium,
        campaign,
        content,
        term,
        coalesce(
            creation_method,
            case when lower(_source_file) like '%.xlsx' then 'excel' else 'manual' end
        ) as creation_method,
        deal_url,
        tags,
        -- numbers
        {{ to_amount('amount') }} as amount,
        {{ to_amount('margin') }} as margin,
        -- times
        {{ to_instant('created_at') }} as created_at,
        {{ to_instant('updated_at') }} as updated_at,
        {{ to_instant('closed_at') }} as closed_at,
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
            partition by deal_id
            order by {{ latest_first() }}
        ) = 1
)

select * from final
