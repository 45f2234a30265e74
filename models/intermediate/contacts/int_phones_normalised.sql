-- grain: one row per phone as it is written anywhere, with the number as it is compared: E.164
-- where a numbering plan knows it, else its digits (D-37)
with calls as (
    select
        from_phone,
        to_phone
    from {{ ref('stg_calls') }}
),

written_phones as (
    select phone as written_phone from {{ ref('stg_contacts') }}
    union
    select from_phone as written_phone from calls
    union
    select to_phone as written_phone from calls
    union
    select phone as written_phone from {{ ref('stg_enquiries') }}
    union
    select phone as written_phone from {{ ref('stg_number_leases') }}
    union
    select phone as written_phone from {{ ref('stg_tracking_numbers') }}
    union
    select identifier as written_phone from {{ ref('identifier_blocklist') }}
),

home_region as (
    select * from {{ ref('phone_regions') }}
    where region = {{ session_value('phone_region') }}
),

-- Blanks, dots, dashes, slashes and brackets go, and so do an extension and a trunk (0).
stripped as (
    select
        written_phone,
        replace({{ without_extension('written_phone') }}, '(0)', '') as number
    from written_phones
    where written_phone is not null
),

signed as (
    select
        written_phone,
        {{ keep_characters('number', '0-9+') }} as signed_digits
    from stripped
),

counted as (
    select
        signed.written_phone,
        signed.signed_digits,
        replace(signed.signed_digits, '+', '') as digits,
        home_region.calling_code,
        home_region.trunk_prefix,
        length(replace(signed.signed_digits, '+', '')) > home_region.longest_national as is_long
    from signed
    cross join home_region
),

final as (
    select
        written_phone,
        case
            -- Nothing but zeros is a placeholder, nobody's number.
            when replace(digits, '0', '') = '' then null
            when left(signed_digits, 1) = '+' then '+' || digits
            when left(digits, 2) = '00' then '+' || substring(digits, 3)
            -- Too long to be national: the calling code is written without its plus sign.
            when is_long and left(digits, length(calling_code)) = calling_code then '+' || digits
            -- A trunk prefix other than 0 can also begin a national number.
            when (trunk_prefix = '0' or is_long)
                and left(digits, length(trunk_prefix)) = trunk_prefix
                then '+' || calling_code || substring(digits, length(trunk_prefix) + 1)
            else '+' || calling_code || digits
        end as phone
    from counted
)

select * from final
