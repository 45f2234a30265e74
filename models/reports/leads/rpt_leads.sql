-- grain: one row per day of opening, owner, source, medium, channel and contact channel; of leads
-- (TS-25, TS-26, TS-27, ST-4)
with leads as (
    select
        *,
        {{ elapsed_micros('opened_at', 'first_attempt_at') }} as micros_to_first_attempt,
        {{ elapsed_micros('opened_at', 'first_contacted_at') }} as micros_to_first_contact
    from {{ ref('fct_leads') }}
),

calls as (
    select * from {{ ref('fct_calls') }}
),

emails as (
    select * from {{ ref('fct_emails') }}
),

daily as (
    select
        opened_date as date_day,
        owner_user_id as user_id,
        owner_name as user_name,
        {{ the_one('team') }} as team,
        source,
        medium,
        channel,
        contact_channel,
        count(*) as leads,
        count(*) filter (where lead_no = 1) as new_persons,
        count(*) filter (where status = 'open') as leads_open,
        count(*) filter (where status = 'lost') as leads_lost,
        count(*) filter (where status = 'no deal') as leads_no_deal,
        count(*) filter (where status = 'client') as leads_client,
        cast(count(deals) filter (where deals > 0) as bigint) as leads_with_deal,
        count(*) filter (where first_attempt_at is null) as never_attempted,
        cast(sum(micros_to_first_attempt) as double) / 60000000 as minutes_to_first_attempt_sum,
        count(micros_to_first_attempt) as minutes_to_first_attempt_count,
        count(*) filter (
            where micros_to_first_attempt <= {{ var('lead_sla_minutes') }} * 60000000
        ) as within_sla,
        cast(sum(micros_to_first_contact) as double) / 60000000 as minutes_to_first_contact_sum,
        count(micros_to_first_contact) as minutes_to_first_contact_count,
        count(deals) as leads_with_known_deals
    from leads
    group by
        opened_date,
        owner_user_id,
        owner_name,
        source,
        medium,
        channel,
        contact_channel
),

measured as (
    select {{ is_measured('calls') }} or {{ is_measured('emails') }} as is_measured
)

select
    daily.date_day,
    daily.user_id,
    daily.user_name,
    daily.team,
    daily.source,
    daily.medium,
    daily.channel,
    daily.contact_channel,
    daily.leads,
    daily.new_persons,
    daily.leads_open,
    daily.leads_lost,
    daily.leads_no_deal,
    daily.leads_client,
    case when daily.leads_with_known_deals > 0 then daily.leads_with_deal end as leads_with_deal,
    case when measured.is_measured then daily.never_attempted end as never_attempted,
    case when measured.is_measured then coalesce(daily.minutes_to_first_attempt_sum, 0) end
        as minutes_to_first_attempt_sum,
    case when measured.is_measured then daily.minutes_to_first_attempt_count end
        as minutes_to_first_attempt_count,
    case when measured.is_measured then daily.within_sla end as within_sla,
    case when measured.is_measured then coalesce(daily.minutes_to_first_contact_sum, 0) end
        as minutes_to_first_contact_sum,
    case when measured.is_measured then daily.minutes_to_first_contact_count end
        as minutes_to_first_contact_count
from daily
cross join measured
