-- grain: one row per tracking number and start of its validity, the number as it is compared
with numbers as (
    select * from {{ ref('stg_tracking_numbers') }}
),

labelled as (
    {{ canonical_labels('numbers') }}
),

phones as (
    select * from {{ ref('int_phones_normalised') }}
    where phone_no = 1
),

final as (
    select
        phones.phone,
        labelled.kind,
        labelled.pool,
        labelled.valid_from,
        labelled.valid_to,
        labelled.canonical_source as source,
        labelled.canonical_medium as medium,
        labelled.canonical_campaign as campaign,
        labelled.event_name
    from labelled
    left join phones on labelled.phone = phones.written_phone
)

select * from final
