-- grain: one row per lead: a person who came to the company, or came back to it (D-43)
with openings as (
    select * from {{ ref('fct_openings') }}
),

persons as (
    select * from {{ ref('dim_persons') }}
),

contacts as (
    select * from {{ ref('dim_contacts') }}
),

contact_owners as (
    select * from {{ ref('fct_contact_owners') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

user_spans as (
    select * from {{ ref('dim_user_history') }}
),

calls as (
    select * from {{ ref('fct_calls') }}
    where person_id is not null and not is_internal
),

emails as (
    select * from {{ ref('fct_emails') }}
    where person_id is not null and kind = 'one_to_one'
),

deals as (
    select * from {{ ref('fct_deals') }}
    where person_id is not null and status <> 'deleted'
),

firsts as (
    select
        *,
        max(opened_at) over (partition by person_id, lead_no) as last_event_at
    from openings
    qualify
        row_number() over (
            partition by person_id, lead_no
            order by ordered_at, kind_rank, opening_id
        ) = 1
),

spans as (
    select
        *,
        opened_at as valid_from,
        lead(opened_at) over (partition by person_id order by lead_no) as valid_to
    from firsts
),

-- What the salespeople did, and what came of it.
contact_attempts as (
    select
        person_id,
        started_at as happened_at,
        direction = 'out' as is_outbound,
        direction = 'out' or is_answered as is_attempt,
        is_answered as is_contact,
        false as is_reply
    from calls

    union all

    select
        person_id,
        sent_at as happened_at,
        direction = 'out' as is_outbound,
        direction = 'out' as is_attempt,
        false as is_contact,
        direction = 'in' as is_reply
    from emails
),

worked as (
    select
        spans.person_id,
        spans.lead_no,
        contact_attempts.happened_at,
        contact_attempts.is_attempt,
        contact_attempts.is_contact,
        contact_attempts.is_reply,
        min(case when contact_attempts.is_outbound then contact_attempts.happened_at end) over (
            partition by spans.person_id, spans.lead_no
        ) as first_outbound_at
    from spans
    inner join contact_attempts
        on spans.person_id = contact_attempts.person_id
        and {{ holds_at('spans', 'contact_attempts.happened_at') }}
),

work as (
    select
        person_id,
        lead_no,
        min(happened_at) filter (where is_attempt) as first_attempt_at,
        max(happened_at) filter (where is_attempt) as last_attempt_at,
        min(happened_at) filter (
            where is_contact or (is_reply and happened_at > first_outbound_at)
        ) as first_contacted_at
    from worked
    group by person_id, lead_no
),

-- A deal is an opening as well, and so of exactly one lead, whatever its time of day.
led_deals as (
    select
        openings.person_id,
        openings.lead_no,
        count(*) as deals,
        count(*) filter (where deals.is_won) as deals_won,
        count(*) filter (where deals.is_open) as deals_open,
        min(deals.outcome_date) filter (where deals.is_won) as became_client_date
    from openings
    inner join deals on openings.opening_id = deals.deal_id
    where openings.opened_by = 'deal'
    group by openings.person_id, openings.lead_no
),

first_deals as (
    select
        person_id,
        lead_no,
        opening_id as deal_id
    from openings
    where opened_by = 'deal'
    qualify
        row_number() over (
            partition by person_id, lead_no
            order by ordered_at, opening_id
        ) = 1
),

owned as (
    select
        spans.person_id,
        spans.lead_no,
        coalesce(
            spans.user_id, contact_owners.owner_user_id, contacts.owner_user_id, '(none)'
        ) as owner_user_id
    from spans
    left join contact_owners
        on spans.contact_id = contact_owners.contact_id
        and contact_owners.owned_from <= spans.ordered_at
        and (contact_owners.owned_to > spans.ordered_at or contact_owners.owned_to is null)
    left join contacts on spans.contact_id = contacts.contact_id
),

final as (
    select
        spans.lead_id,
        spans.person_id,
        spans.lead_no,
        spans.opened_at,
        {{ local_date('spans.opened_at') }} as opened_date,
        spans.opened_by,
        spans.opening_id,
        spans.contact_channel,
        owned.owner_user_id,
        users.user_name as owner_name,
        user_spans.team,
        persons.source,
        persons.medium,
        persons.campaign,
        persons.channel,
        spans.source as own_source,
        spans.medium as own_medium,
        spans.campaign as own_campaign,
        spans.last_event_at,
        work.first_attempt_at,
        {{ elapsed_minutes('spans.opened_at', 'work.first_attempt_at') }}
            as minutes_to_first_attempt,
        work.last_attempt_at,
        work.first_contacted_at,
        {{ elapsed_minutes('spans.opened_at', 'work.first_contacted_at') }}
            as minutes_to_first_contact,
        {{ if_measured('led_deals.deals', ref('fct_deals')) }} as deals,
        {{ if_measured('led_deals.deals_won', ref('fct_deals')) }} as deals_won,
        first_deals.deal_id as first_deal_id,
        led_deals.became_client_date,
        case
            when led_deals.deals_won > 0 then 'client'
            when led_deals.deals_open > 0 then 'open'
            when led_deals.deals is not null then 'lost'
            when
                {{ elapsed_micros('spans.last_event_at', as_of()) }}
                <= {{ var('lead_gap_days') }} * 86400000000
                then 'open'
            else 'no deal'
        end as status
    from spans
    inner join owned
        on spans.person_id = owned.person_id
        and spans.lead_no = owned.lead_no
    inner join persons on spans.person_id = persons.person_id
    left join work
        on spans.person_id = work.person_id
        and spans.lead_no = work.lead_no
    left join led_deals
        on spans.person_id = led_deals.person_id
        and spans.lead_no = led_deals.lead_no
    left join first_deals
        on spans.person_id = first_deals.person_id
        and spans.lead_no = first_deals.lead_no
    left join users on owned.owner_user_id = users.user_id
    left join user_spans
        on owned.owner_user_id = user_spans.user_id
        and {{ holds_at('user_spans', 'spans.opened_at') }}
)

select
    *,
    case
        when status = 'open'
            then {{ elapsed_days('coalesce(last_attempt_at, opened_at)', as_of()) }}
    end as days_waiting
from final
