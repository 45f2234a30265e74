-- grain: one row per tracking number and start of its validity, the number as it is compared
with numbers as (
    select * from {{ ref('stg_tracking_numbers') }}
),

home_region as (
    select * from {{ ref('phone_regions') }}
    where region = {{ session_value('phone_region') }}
),

final as (
    select
        {{ e164('numbers.phone', 'home_region') }} as phone,
        numbers.kind,
        numbers.valid_from,
        numbers.valid_to,
        numbers.source,
        numbers.medium,
        numbers.campaign,
        numbers.event_name
    from numbers
    cross join home_region
)

select * from final
