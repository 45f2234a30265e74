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

first_won_deals as (
    select * from won_deals
    where person_id is not null and won_no = 1
),

deals_with_margin as (
    select * from won_deals
    where margin_rc is not null
),

spend as (
    select * from {{ ref('fct_ad_spend') }}
),

planned_spend as (
    select * from spend
    where is_planned
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

calls as (
    select * from {{ ref('fct_calls') }}
    where direction = 'in' and not is_internal
),

enquiries as (
    select * from {{ ref('fct_enquiries') }}
),

contacts as (
    select * from {{ ref('dim_contacts') }}
),

leads as (
    select * from {{ ref('fct_leads') }}
),

channels as (
    select * from {{ ref('dim_channels') }}
),

{%- set event_types = [
    ('spend', 'spend', 'date_day', '1', 'cost_rc'),
    ('planned spend', 'planned_spend', 'date_day', '1', 'cost_rc'),
    ('impression', 'spend', 'date_day', 'impressions', 'null'),
    ('click', 'spend', 'date_day', 'clicks', 'null'),
    ('session', 'sessions', 'started_date', '1', 'null'),
    ('call', 'calls', 'started_date', 'call_count', 'null'),
    ('enquiry', 'enquiries', 'occurred_date', '1', 'null'),
    ('contact', 'contacts', 'created_date', '1', 'null'),
    ('lead', 'leads', 'opened_date', '1', 'null'),
    ('deal created', 'deals', 'created_date', '1', 'null'),
    ('deal won', 'won_deals', 'outcome_date', '1', 'revenue_rc'),
    ('margin', 'deals_with_margin', 'outcome_date', '1', 'margin_rc'),
    ('revenue with margin', 'deals_with_margin', 'outcome_date', '1', 'revenue_rc'),
    ('paid', 'won_deals', 'outcome_date', '1', 'paid_rc'),
    ('client', 'first_won_deals', 'outcome_date', '1', 'null'),
] %}

-- One row per event, or per row that stands for several: quantity says how many.
events as (
    {%- for event_type, relation, day, quantity, amount in event_types %}
    select
        {{ day }} as date_day,
        source,
        medium,
        campaign,
        '{{ event_type }}' as event_type,
        {{ quantity }} as quantity,
        {{ amount }} as amount_rc
    from {{ relation }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
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
            when count(*) filter (where event_type = 'spend') > 0
                then sum(amount_rc) filter (where event_type = 'spend')
            else 0
        end as spend_rc,
        sum(amount_rc) filter (where event_type = 'planned spend') as planned_spend_rc,
        count(*) filter (where event_type = 'session') as sessions,
        sum(quantity) filter (where event_type = 'call') as calls,
        count(*) filter (where event_type = 'enquiry') as enquiries,
        count(*) filter (where event_type = 'contact') as contacts,
        count(*) filter (where event_type = 'lead') as leads,
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
    {{ if_measured('days.impressions', 'spend', 'impressions') }} as impressions,
    {{ if_measured('days.clicks', 'spend', 'clicks') }} as clicks,
    case when {{ is_measured('spend') }} then cast(days.spend_rc as decimal(18, 6)) end as spend_rc,
    {{ if_measured('days.sessions', 'sessions') }} as sessions,
    {{ if_measured('days.calls', ref('fct_calls')) }} as calls,
    {{ if_measured('days.enquiries', 'enquiries') }} as enquiries,
    {{ if_measured('days.contacts', 'contacts') }} as contacts,
    {{ if_measured('days.leads', 'leads') }} as leads,
    {{ if_measured('days.deals_created', 'deals') }} as deals_created,
    {{ if_measured('days.deals_won', 'deals') }} as deals_won,
    case when {{ is_measured('deals') }} then cast(days.revenue_rc as decimal(18, 2)) end
        as revenue_rc,
    {{ if_measured('days.planned_spend_rc', 'spend', type='decimal(18, 6)') }} as planned_spend_rc,
    {{ if_measured('days.margin_rc', 'deals', type='decimal(18, 2)') }} as margin_rc,
    {{ if_measured('days.deals_with_margin', 'deals') }} as deals_with_margin,
    {{ if_measured('days.clients', 'deals') }} as clients,
    {{ if_measured('days.revenue_with_margin_rc', 'deals', type='decimal(18, 2)') }}
        as revenue_with_margin_rc,
    {{ if_measured('days.paid_rc', 'deals', 'paid_rc', 'decimal(18, 2)') }} as paid_rc
from days
left join channels
    on days.source = channels.source
    and days.medium is not distinct from channels.medium
