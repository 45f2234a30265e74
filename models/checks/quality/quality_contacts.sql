-- grain: one row per rule about contacts and users
select
    'e-mail or phone shared by too many contacts' as rule,
    'dim_contacts' as table_name,
    'warn' as severity,
    'So many contacts share it, as with a switchboard, that it is not used to recognise '
    || 'people. Remove it from the cards it does not belong to.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('int_contact_identifiers_normalised') }}) as total_rows,
    {{ smallest_keys('identifier_hash') }} as sample_keys
from (
    select {{ keyed_hash('identifier') }} as identifier_hash
    from {{ ref('int_contact_identifiers_normalised') }}
    group by kind, identifier
    having count(*) > {{ var('max_contacts_per_identifier') }}
) as shared

union all

select
    'user e-mail shared by several users' as rule,
    'users' as table_name,
    'warn' as severity,
    'This is often one person with two accounts, whose work is counted separately. Give '
    || 'each user their own e-mail address in the CRM.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('stg_users') }}) as total_rows,
    {{ smallest_keys('user_id') }} as sample_keys
from (
    select
        user_id,
        count(*) over (partition by lower(trim(email))) as sharing
    from {{ ref('stg_users') }}
    where email is not null
) as shared
where sharing > 1

union all

select
    'phone that identifies nobody' as rule,
    'contacts' as table_name,
    'warn' as severity,
    'The number was cut short by a spreadsheet (4.86E+11) or is only a placeholder. '
    || 'Correct it in the source, and export phones as text.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('int_contacts_survived') }}) as total_rows,
    {{ smallest_keys('contact_id') }} as sample_keys
from {{ ref('int_contacts_survived') }}
where phone is not null and compared_phone is null

union all

select
    'e-mail that identifies nobody' as rule,
    'contacts' as table_name,
    'warn' as severity,
    'The field holds no e-mail address (n/a, none, -). Correct it in the source.' as meaning,
    count(*) as failing_rows,
    (select count(*) from {{ ref('int_contacts_survived') }}) as total_rows,
    {{ smallest_keys('contact_id') }} as sample_keys
from {{ ref('int_contacts_survived') }}
where email is not null and compared_email is null
