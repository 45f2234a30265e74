-- grain: one row per month, channel and campaign that money was spent on
with performance as (
    select
        *,
        {{ period_start('month', 'date_day') }} as month
    from {{ ref('fct_channel_days') }}
),

-- The outcome of a month's contacts comes from all deals of their persons up to as_of.
contacts as (
    select
        person_id,
        {{ period_start('month', 'created_date') }} as month,
        channel,
        campaign
    from {{ ref('dim_contacts') }}
),

deals as (
    select
        person_id,
        bool_or(is_won) as has_won,
        bool_or(is_open) as has_open,
        bool_or(is_lost) as has_lost
    from {{ ref('fct_deals') }}
    where person_id is not null
    group by person_id
),

outcomes as (
    select
        contacts.month,
        contacts.channel,
        contacts.campaign,
        coalesce(bool_or(deals.has_won), false) as has_won,
        coalesce(bool_or(deals.has_open), false) as has_open,
        coalesce(bool_or(deals.has_lost), false) as has_lost
    from contacts
    left join deals on contacts.person_id = deals.person_id
    group by contacts.month, contacts.channel, contacts.campaign
),

nodes as (
    select
        month,
        channel,
        campaign,
        sum(spend_rc) as spend_rc,
        sum(sessions) as sessions
    from performance
    group by month, channel, campaign
),

final as (
    select
        nodes.month,
        nodes.channel,
        nodes.campaign,
        case
            when outcomes.has_won then 'won deals'
            when outcomes.has_open then 'open deals'
            when outcomes.has_lost then 'only lost deals'
            when outcomes.month is not null then 'contacts without deals'
            when nodes.sessions > 0 then 'no contact'
            else 'no session'
        end as outcome,
        cast(nodes.spend_rc as decimal(18, 6)) as spend_rc
    from nodes
    left join outcomes
        on nodes.month = outcomes.month
        and nodes.channel is not distinct from outcomes.channel
        and nodes.campaign is not distinct from outcomes.campaign
    where nodes.spend_rc <> 0
)

select
    month,
    channel,
    campaign,
    outcome,
    spend_rc
from final
