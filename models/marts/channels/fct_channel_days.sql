-- grain: one row per day, source, medium and campaign; each measure on its own date: contacts and
-- deals by the person's first source, sessions, calls, enquiries and spend by their own
with spend as (
    select * from {{ ref('fct_ad_spend') }}
),

sessions as (
    select * from {{ ref('fct_sessions') }}
),

calls as (
    select * from {{ ref('fct_calls') }}
    where direction = 'in'
),

enquiries as (
    select * from {{ ref('fct_enquiries') }}
),

contacts as (
    select * from {{ ref('dim_contacts') }}
),

deals as (
    select * from {{ ref('fct_deals') }}
),

-- Every measure on its own day and by its own source: 0 where another measure has the row.
events as (
    {%- set measures = [
        'impressions', 'clicks', 'spend_rc', 'planned_spend_rc', 'sessions', 'calls', 'enquiries', 'contacts',
        'deals_created', 'deals_won', 'revenue_rc', 'spend_rows'
    ] %}
    {%- set parts = [
        ('spend', 'date_day', 'true', {
            'impressions': 'sum(impressions)',
            'clicks': 'sum(clicks)',
            'spend_rc': 'sum(cost_rc)',
            'planned_spend_rc': 'coalesce(sum(cost_rc) filter (where is_planned), 0)',
            'spend_rows': 'count(*)',
        }),
        ('sessions', 'started_date', 'true', {'sessions': 'count(*)'}),
        ('calls', 'started_date', 'true', {'calls': 'sum(call_count)'}),
        ('enquiries', 'occurred_date', 'true', {'enquiries': 'count(*)'}),
        ('contacts', 'created_date', 'true', {'contacts': 'count(*)'}),
        ('deals', 'created_date', 'true', {'deals_created': 'count(*)'}),
        ('deals', 'outcome_date', 'is_won', {
            'deals_won': 'count(*)',
            'revenue_rc': 'sum(revenue_rc)',
        }),
    ] %}
    {%- for relation, day, condition, sums in parts %}
    {%- set columns = [] %}
    {%- for measure in measures %}
    {%- set otherwise = 'null' if measure in ['spend_rc', 'revenue_rc'] else '0' %}
    {%- do columns.append(sums.get(measure, otherwise) ~ ' as ' ~ measure) %}
    {%- endfor %}
    select
        {{ day }} as date_day,
        source,
        medium,
        campaign,
        {{ columns | join(',\n        ') }}
    from {{ relation }}
    where {{ condition }}
    group by {{ day }}, source, medium, campaign
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

channels as (
    select * from {{ ref('dim_channels') }}
),

final as (
    select
        events.date_day,
        channels.channel,
        events.source,
        events.medium,
        events.campaign,
        cast(sum(coalesce(events.impressions, 0)) as bigint) as impressions,
        cast(sum(coalesce(events.clicks, 0)) as bigint) as clicks,
        -- Money that was spent or earned and cannot be told is NULL, 0 is none.
        case
            when sum(events.spend_rows) = 0 then cast(0 as decimal(18, 2))
            else cast(sum(events.spend_rc) as decimal(18, 2))
        end as spend_rc,
        cast(sum(events.planned_spend_rc) as decimal(18, 2)) as planned_spend_rc,
        cast(sum(events.sessions) as bigint) as sessions,
        cast(sum(events.calls) as bigint) as calls,
        cast(sum(events.enquiries) as bigint) as enquiries,
        cast(sum(events.contacts) as bigint) as contacts,
        cast(sum(events.deals_created) as bigint) as deals_created,
        cast(sum(events.deals_won) as bigint) as deals_won,
        case
            when sum(events.deals_won) = 0 then cast(0 as decimal(18, 2))
            else cast(sum(events.revenue_rc) as decimal(18, 2))
        end as revenue_rc
    from events
    left join channels
        on events.source = channels.source
        and events.medium is not distinct from channels.medium
    group by
        events.date_day,
        channels.channel,
        events.source,
        events.medium,
        events.campaign
)

select
    date_day,
    channel,
    source,
    medium,
    campaign,
    impressions,
    clicks,
    spend_rc,
    sessions,
    calls,
    enquiries,
    contacts,
    deals_created,
    deals_won,
    revenue_rc,
    planned_spend_rc
from final
