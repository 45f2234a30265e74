-- grain: one row per phone as it is written anywhere and number in it; first to last, as numbers
-- are compared: E.164 where a numbering plan knows it, else its digits (D-37)
{#- What exchanges send for a hidden caller (ANONYMOUS, RESTRICTED, UNAVAILABLE, UNKNOWN, PRIVATE
    and BLOCKED on a keypad), and what people type where a form insists on a number. #}
{%- set nobodys = [
    '266696687', '7378742833', '86282452253', '8656696', '7748283', '2562533',
    '12345678', '123456789', '1234567890', '0123456789', '87654321', '987654321', '9876543210'
] %}
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

regions as (
    select * from {{ ref('phone_regions') }}
),

calling_codes as (
    select
        '+' || calling_code as code,
        length(calling_code) + 1 as code_length,
        max(longest_national) as longest_national
    from regions
    group by calling_code
),

code_lengths as (
    select distinct code_length from calling_codes
),

home_region as (
    select * from regions
    where region = {{ session_value('phone_region') }}
),

filled as (
    select * from written_phones
    where written_phone is not null
),

parted as (
    {{ each_part('filled', phone_parts('written_phone'), 'signed_digits', ['written_phone']) }}
),

digits_counted as (
    select
        written_phone,
        place,
        signed_digits,
        replace(signed_digits, '+', '') as digits,
        length(replace(signed_digits, '+', '')) >= 7 as is_whole
    from parted
    where signed_digits not in ('', '+')
),

-- Beside a whole number a short one is its extension or another ending of it.
parts_kept as (
    select *
    from digits_counted
    qualify
        is_whole
        or (
            row_number() over (partition by written_phone order by place) = 1
            and not bool_or(is_whole) over (partition by written_phone)
        )
),

counted as (
    select
        parts_kept.written_phone,
        parts_kept.place,
        parts_kept.signed_digits,
        parts_kept.digits,
        home_region.calling_code,
        home_region.trunk_prefix,
        length(parts_kept.digits) > home_region.longest_national as is_long
    from parts_kept
    cross join home_region
),

-- Too long to be national, and a whole number of another country: its plus sign is missing, as in
-- spreadsheets and exports of telephone exchanges.
foreign_digits as (
    select distinct counted.digits
    from counted
    cross join code_lengths
    inner join calling_codes
        on left('+' || counted.digits, code_lengths.code_length) = calling_codes.code
        and length(counted.digits) < calling_codes.code_length + calling_codes.longest_national
    where counted.is_long
),

known as (
    select
        counted.*,
        foreign_digits.digits is not null as is_foreign
    from counted
    left join foreign_digits on counted.digits = foreign_digits.digits
),

numbers as (
    select
        written_phone,
        place,
        digits,
        case
            when left(signed_digits, 1) = '+' then '+' || digits
            -- Too long to be national: the calling code is written without its plus sign.
            when is_long and left(digits, length(calling_code)) = calling_code then '+' || digits
            -- A trunk prefix other than 0 can also begin a national number.
            when (trunk_prefix = '0' or is_long)
                and left(digits, length(trunk_prefix)) = trunk_prefix
                then '+' || calling_code || substring(digits, length(trunk_prefix) + 1)
            when is_foreign then '+' || digits
            else '+' || calling_code || digits
        end as phone
    from known
),

-- A number as it is dialled with and without its calling code.
dialled as (
    select
        phone,
        digits
    from numbers

    union

    select
        numbers.phone,
        substring(numbers.phone, code_lengths.code_length + 1) as digits
    from numbers
    cross join code_lengths
    inner join calling_codes
        on left(numbers.phone, code_lengths.code_length) = calling_codes.code
),

-- So is nothing behind a calling code, and one digit again and again.
placeholders as (
    select distinct phone
    from dialled
    where replace(digits, left(digits, 1), '') = ''
        or digits in (
            {%- for digits in nobodys %}
            '{{ digits }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
),

identifying as (
    select
        numbers.written_phone,
        numbers.phone,
        min(numbers.place) as place
    from numbers
    left join placeholders on numbers.phone = placeholders.phone
    where placeholders.phone is null
    group by numbers.written_phone, numbers.phone
),

final as (
    select
        written_phone,
        cast(row_number() over (partition by written_phone order by place) as bigint) as phone_no,
        phone
    from identifying
)

select * from final
