-- Detects: a LEADHOUSE_PHONE_REGION that no row of the phone_regions seed has.
-- Usually means: a country's name, a calling code or lower case instead of the two-letter code.
-- Without its row no contact would have a phone, a person or a row in dim_contacts.
-- A returned row is: the setting.
select
    'LEADHOUSE_PHONE_REGION is ' || coalesce({{ session_value('phone_region') }}, 'empty')
    || ', which seeds/phone_regions.csv does not have: set it to one of its two-letter codes in'
    || ' capitals, such as PL.' as problem
from (
    select count(*) as regions
    from {{ ref('phone_regions') }}
    where region = {{ session_value('phone_region') }}
) as configured
where regions <> 1
{{ config(tags=['configuration']) }}
