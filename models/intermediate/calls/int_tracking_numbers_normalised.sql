-- grain: one row per tracking number and start of its validity, the number as it is compared
with numbers as (
    select * from {{ ref('stg_tracking_numbers') }}
),

phones as (
    select * from {{ ref('int_phones_normalised') }}
    where phone_no = 1
),

final as (
    select
        phones.phone,
        numbers.kind,
        numbers.valid_from,
        numbers.valid_to,
        numbers.source,
        numbers.medium,
        numbers.campaign,
        numbers.event_name
    from numbers
    left join phones on numbers.phone = phones.written_phone
)

select * from final
