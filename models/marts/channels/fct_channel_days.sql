-- grain: one row per day, channel, source, medium and campaign; each measure on its own date
with deals as (
    select * from {{ ref('fct_deals') }}
),

won_deals as (
    select
        *,
        row_number() over (partition by person_id order by outcome_date, deal_id) as won_no
    from deals
    where is_won
),

channels as (
    select * from {{ ref('dim_channels') }}
),

-- One row per event, or per row that stands for several: quantity says how many.
events as (
    select
        date_day,
        source,
        medium,
        campaign,
        case when is_planned then 'planned spend' else 'spend' end as event_type,
        1 as quantity,
        cost_rc as amount_rc
    from {{ ref('fct_ad_spend') }}

    union all

    select
        date_day,
        source,
        medium,
        campaign,
        'impression' as event_type,
        impressions as quantity,
        null as amount_rc
    from {{ ref('fct_ad_spend') }}

    union all

    select
        date_day,
        source,
        medium,
        campaign,
        'click' as event_type,
        clicks as quantity,
        null as amount_rc
    from {{ ref('fct_ad_spend') }}

    union all

    select
        started_date as date_day,
        source,
        medium,
        campaign,
        'session' as event_type,
        1 as quantity,
        null as amount_rc
    from {{ ref('fct_sessions') }}

    union all

    select
        started_date as date_day,
        source,
        medium,
        campaign,
        'call' as event_type,
        call_count as quantity,
        null as amount_rc
    from {{ ref('fct_calls') }}
    where direction = 'in' and not is_internal

    union all

    select
        occurred_date as date_day,
        source,
        medium,
        campaign,
        'enquiry' as event_type,
        1 as quantity,
        null as amount_rc
    from {{ ref('fct_enquiries') }}

    union all

    select
        created_date as date_day,
        source,
        medium,
        campaign,
        'contact' as event_type,
        1 as quantity,
        null as amount_rc
    from {{ ref('dim_contacts') }}

    union all

    select
        created_date as date_day,
        source,
        medium,
        campaign,
        'deal created' as event_type,
        1 as quantity,
        null as amount_rc
    from deals

    union all

    select
        outcome_date as date_day,
        source,
        medium,
        campaign,
        'deal won' as event_type,
        1 as quantity,
        revenue_rc as amount_rc
    from won_deals

    union all

    select
        outcome_date as date_day,
        source,
        medium,
        campaign,
        'margin' as event_type,
        1 as quantity,
        margin_rc as amount_rc
    from won_deals
    where margin_rc is not null

    union all

    select
        outcome_date as date_day,
        source,
        medium,
        campaign,
        'revenue with margin' as event_type,
        1 as quantity,
        revenue_rc as amount_rc
    from won_deals
    where margin_rc is not null

    union all

    select
        outcome_date as date_day,
        source,
        medium,
        campaign,
        'paid' as event_type,
        1 as quantity,
        paid_rc as amount_rc
    from won_deals

    union all

    select
        outcome_date as date_day,
        source,
        medium,
        campaign,
        'client' as event_type,
        1 as quantity,
        null as amount_rc
    from won_deals
    where person_id is not null and won_no = 1
),

-- What was never delivered is not measured: NULL, not 0.
measured as (
    select
        (select count(*) from {{ ref('fct_sessions') }}) > 0 as has_sessions,
        (select count(*) from {{ ref('fct_calls') }}) > 0 as has_calls,
        (select count(*) from {{ ref('fct_enquiries') }}) > 0 as has_enquiries,
        (select count(paid_rc) from deals) > 0 as has_payments,
        (select count(impressions) from {{ ref('fct_ad_spend') }}) > 0 as has_impressions,
        (select count(clicks) from {{ ref('fct_ad_spend') }}) > 0 as has_clicks
),

-- Money that was spent or earned and cannot be told is NULL; where there is none it is 0.
days as (
    select
        date_day,
        source,
        medium,
        campaign,
        sum(quantity) filter (where event_type = 'impression') as impressions,
        sum(quantity) filter (where event_type = 'click') as clicks,
        case
            when count(*) filter (where event_type in ('spend', 'planned spend')) > 0
                then sum(amount_rc) filter (where event_type in ('spend', 'planned spend'))
            else 0
        end as spend_rc,
        sum(amount_rc) filter (where event_type = 'planned spend') as planned_spend_rc,
        count(*) filter (where event_type = 'session') as sessions,
        sum(quantity) filter (where event_type = 'call') as calls,
        count(*) filter (where event_type = 'enquiry') as enquiries,
        count(*) filter (where event_type = 'contact') as contacts,
        count(*) filter (where event_type = 'deal created') as deals_created,
        count(*) filter (where event_type = 'deal won') as deals_won,
        case
            when count(*) filter (where event_type = 'deal won') > 0
                then sum(amount_rc) filter (where event_type = 'deal won')
            else 0
        end as revenue_rc,
        sum(amount_rc) filter (where event_type = 'margin') as margin_rc,
        count(*) filter (where event_type = 'margin') as deals_with_margin,
        count(*) filter (where event_type = 'client') as clients,
        sum(amount_rc) filter (where event_type = 'revenue with margin') as revenue_with_margin_rc,
        sum(amount_rc) filter (where event_type = 'paid') as paid_rc
    from events
    group by date_day, source, medium, campaign
)

select
    days.date_day,
    channels.channel,
    days.source,
    days.medium,
    days.campaign,
    case when measured.has_impressions then cast(coalesce(days.impressions, 0) as bigint) end
        as impressions,
    case when measured.has_clicks then cast(coalesce(days.clicks, 0) as bigint) end as clicks,
    cast(days.spend_rc as decimal(18, 6)) as spend_rc,
    case when measured.has_sessions then days.sessions end as sessions,
    case when measured.has_calls then cast(coalesce(days.calls, 0) as bigint) end as calls,
    case when measured.has_enquiries then days.enquiries end as enquiries,
    days.contacts,
    days.deals_created,
    days.deals_won,
    cast(days.revenue_rc as decimal(18, 2)) as revenue_rc,
    cast(coalesce(days.planned_spend_rc, 0) as decimal(18, 6)) as planned_spend_rc,
    cast(coalesce(days.margin_rc, 0) as decimal(18, 2)) as margin_rc,
    days.deals_with_margin,
    days.clients,
    cast(coalesce(days.revenue_with_margin_rc, 0) as decimal(18, 2)) as revenue_with_margin_rc,
    case when measured.has_payments then cast(coalesce(days.paid_rc, 0) as decimal(18, 2)) end
        as paid_rc
from days
cross join measured
left join channels
    on days.source = channels.source
    and days.medium is not distinct from channels.medium
