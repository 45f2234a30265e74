-- grain: one row per person that called or wrote
with first_contacts as (
    select * from {{ ref('int_first_contacts_made') }}
),

first_sources as (
    select * from {{ ref('int_first_sources_chosen') }}
),

channels as (
    select * from {{ ref('int_channels_assigned') }}
)

select
    first_contacts.person_id,
    first_contacts.contacted_at,
    {{ local_date('first_contacts.contacted_at') }} as contacted_date,
    first_contacts.contact_channel,
    first_contacts.call_id,
    first_contacts.session_id,
    first_contacts.sessions_before_contact,
    first_contacts.contact_session_no,
    first_sources.source,
    channels.channel
from first_contacts
inner join first_sources on first_contacts.person_id = first_sources.person_id
left join channels
    on first_sources.source = channels.source
    and first_sources.medium is not distinct from channels.medium
