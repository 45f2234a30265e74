-- grain: one row per enquiry
with enquiries as (
    select * from {{ ref('int_enquiries_identified') }}
)

select
    enquiry_id,
    occurred_at,
    occurred_at_is_day,
    {{ local_date('occurred_at') }} as occurred_date,
    channel,
    topic,
    session_id,
    visitor_id,
    contact_id,
    person_id,
    deal_id,
    {{ keyed_hash('name') }} as name_hash,
    {{ keyed_hash('compared_email') }} as email_hash,
    {{ keyed_hash('compared_phone') }} as phone_hash,
    source,
    medium,
    campaign,
    keyword,
    content,
    term,
    is_direct,
    page
from enquiries
