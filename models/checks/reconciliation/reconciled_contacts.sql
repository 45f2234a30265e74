-- grain: one row per side: contact records, those merged into others, rows of dim_contacts
select
    'contact records = dim_contacts + merged' as check_name,
    'contacts' as scope,
    cast(null as string) as currency,
    count(*) as raw_total,
    count(*) filter (where contact_id <> surviving_contact_id) as mart_total
from {{ ref('int_contacts_survived') }}

union all

select
    'contact records = dim_contacts + merged' as check_name,
    'contacts' as scope,
    cast(null as string) as currency,
    0 as raw_total,
    count(*) as mart_total
from {{ ref('dim_contacts') }}
