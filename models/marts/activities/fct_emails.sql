-- grain: one row per e-mail sent before as_of, without its subject
with emails as (
    select * from {{ ref('stg_emails') }}
    where sent_at < {{ as_of() }}
),

survivors as (
    select * from {{ ref('int_contact_survivors_resolved') }}
),

persons as (
    select * from {{ ref('int_persons_resolved') }}
),

users as (
    select * from {{ ref('dim_users') }}
)

select
    emails.email_id,
    emails.sent_at,
    {{ local_date('emails.sent_at') }} as sent_date,
    emails.direction,
    emails.kind,
    emails.user_id,
    users.user_name,
    coalesce(survivors.surviving_contact_id, emails.contact_id) as contact_id,
    persons.person_id,
    emails.deal_id,
    emails.campaign,
    emails.thread_id,
    emails.bounced,
    emails.opened_at,
    {{ local_date('emails.opened_at') }} as opened_date,
    emails.clicked_at,
    {{ local_date('emails.clicked_at') }} as clicked_date,
    emails.replied_at,
    {{ local_date('emails.replied_at') }} as replied_date
from emails
left join survivors on emails.contact_id = survivors.contact_id
left join persons
    on coalesce(survivors.surviving_contact_id, emails.contact_id) = persons.contact_id
left join users on emails.user_id = users.user_id
