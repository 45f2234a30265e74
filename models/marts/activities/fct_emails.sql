-- grain: one row per e-mail sent before as_of, without its subject
with emails as (
    select * from {{ ref('stg_emails') }}
    where sent_at < {{ as_of() }}
),

-- What happens at as_of or later has not happened.
answers as (
    select
        {%- for moment in ('opened_at', 'clicked_at', 'replied_at') %}
        case when {{ moment }} < {{ as_of() }} then {{ moment }} end as {{ moment }},
        {%- endfor %}
        email_id
    from emails
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
    answers.opened_at,
    {{ local_date('answers.opened_at') }} as opened_date,
    answers.clicked_at,
    {{ local_date('answers.clicked_at') }} as clicked_date,
    answers.replied_at,
    {{ local_date('answers.replied_at') }} as replied_date
from emails
inner join answers on emails.email_id = answers.email_id
left join survivors on emails.contact_id = survivors.contact_id
left join persons
    on coalesce(survivors.surviving_contact_id, emails.contact_id) = persons.contact_id
left join users on emails.user_id = users.user_id
