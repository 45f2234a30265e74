-- grain: one row per deal, with the client's personal data (DJ-10)
{{ config(alias='rpt_deal_journal') }}
with {{ deal_journal() }},

first_calls as (
    select * from {{ ref('int_first_calls_recorded') }}
),

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
    first_calls.call_id as first_call_id,
    first_calls.recording_url
from journal
left join first_calls on journal.person_id = first_calls.person_id
left join contacts on journal.contact_id = contacts.contact_id
