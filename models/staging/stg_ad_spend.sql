-- grain: one landed row of the latest delivery of each account and day
with source as (
    select * from {{ source('landing', 'ad_spend') }}
    where {{ is_known() }}
),

typed as (
    select
        -- ids
        account_id,
        campaign_id,
        ad_group_id,
        ad_id,
        -- text
        platform,
        account_timezone,
        campaign,
        ad_group,
        keyword,
        source,
        medium,
        currency,
        -- numbers
        {{ to_integer('impressions') }} as impressions,
        {{ to_integer('clicks') }} as clicks,
        {{ to_amount('cost') }} as cost,
        {{ to_amount('conversions') }} as conversions,
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
        _delivery_date = max(_delivery_date) over (partition by platform, account_id, date)
)

select * from final
