-- grain: one row per deal, with the client's personal data (DJ-10)
{{ config(alias='rpt_deal_journal') }}
with {{ deal_journal() }},

contacts as (
    select * from {{ ref('int_contacts_survived') }}
    where contact_id = surviving_contact_id
)

select
    {% for column in deal_journal_columns() %}journal.{{ column }},
    {% endfor -%}
    contacts.last_name,
    contacts.first_name,
    contacts.middle_name,
    contacts.email,
    contacts.phone,
    cast(null as string) as recording_url
from journal
left join contacts on journal.contact_id = contacts.contact_id
