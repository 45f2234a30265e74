-- grain: one row per day of sending, user, kind and campaign (ST-29 to ST-34)
with emails as (
    select
        *,
        coalesce(user_id, '(none)') as user_or_none,
        coalesce(kind, '(none)') as kind_or_none,
        coalesce(campaign, '(none)') as campaign_or_none,
        not coalesce(bounced, false) as is_delivered
    from {{ ref('fct_emails') }}
    where direction = 'out'
),

deals as (
    select
        *,
        {{ ordered_at('created_at', 'created_at_is_day') }} as ordered_at
    from {{ ref('fct_deals') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

-- A deal counts for the latest e-mail to its person before it.
conversions as (
    select
        emails.email_id,
        deals.deal_id
    from emails
    inner join deals
        on emails.person_id = deals.person_id
        and emails.sent_at < deals.ordered_at
        and {{ elapsed_micros('emails.sent_at', 'deals.created_at') }}
        <= {{ var('email_conversion_days') }} * 86400000000
    qualify
        row_number() over (
            partition by deals.deal_id
            order by emails.sent_at desc, emails.email_id asc
        ) = 1
),

converted as (
    select
        email_id,
        count(*) as deals
    from conversions
    group by email_id
),

counted as (
    select
        emails.sent_date as date_day,
        emails.user_or_none as user_id,
        max(emails.user_name) as user_name,
        max(users.team) as team,
        emails.kind_or_none as kind,
        emails.campaign_or_none as campaign,
        count(*) as sent,
        count(*) filter (where emails.bounced) as bounced,
        count(*) filter (where emails.is_delivered) as delivered,
        count(*) filter (where emails.is_delivered and emails.opened_at is not null) as opened,
        count(*) filter (where emails.is_delivered and emails.clicked_at is not null) as clicked,
        count(*) filter (where emails.is_delivered and emails.replied_at is not null) as replied,
        count(converted.email_id) as converted
    from emails
    left join converted on emails.email_id = converted.email_id
    left join users on emails.user_id = users.user_id
    group by
        emails.sent_date,
        emails.user_or_none,
        emails.kind_or_none,
        emails.campaign_or_none
)

-- What no e-mail of the company ever says was not measured, which is not 0.
select
    date_day,
    user_id,
    user_name,
    team,
    kind,
    campaign,
    sent,
    {{ if_measured('bounced', 'emails', 'bounced') }} as bounced,
    {{ if_measured('delivered', 'emails', 'bounced') }} as delivered,
    {{ if_measured('opened', 'emails', 'opened_at') }} as opened,
    {{ if_measured('clicked', 'emails', 'clicked_at') }} as clicked,
    {{ if_measured('replied', 'emails', 'replied_at') }} as replied,
    {{ if_measured('converted', 'deals') }} as converted
from counted
