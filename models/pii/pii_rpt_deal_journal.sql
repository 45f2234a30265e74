-- grain: one row per deal, with the client's personal data
{{ config(alias='rpt_deal_journal') }}
with journal as (
    select * from {{ ref('rpt_deal_journal') }}
),

-- The person's earliest inbound call, whether it was recorded or not (DJ-40).
first_calls as (
    select
        person_id,
        call_id,
        recording_url
    from {{ ref('int_calls_identified') }}
    where direction = 'in' and person_id is not null and not is_internal
    qualify row_number() over (partition by person_id order by ordered_at, call_id) = 1
),

contacts as (
    select * from {{ ref('int_contacts_survived') }}
    where contact_id = surviving_contact_id
)

select
    journal.*,
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
