-- grain: one row per month, channel, source, medium and campaign of the cards of deals and contacts
with deals as (
    select
        *,
        coalesce(card_source, '(none)') as card_or_none,
        row_number() over (
            partition by is_won, person_id
            order by outcome_date, deal_id
        ) as outcome_no
    from {{ ref('fct_deals') }}
),

channels as (
    select * from {{ ref('dim_channels') }}
),

contacts as (
    select * from {{ ref('dim_contacts') }}
),

leads as (
    select * from {{ ref('fct_leads') }}
),

spend as (
    select * from {{ ref('fct_ad_spend') }}
),

{#- Of each measure its type, and the relation (and column) by which it is measured. #}
{%- set measures = {
    'spend_rc': ('decimal(18, 6)', ['spend']),
    'planned_spend_rc': ('decimal(18, 6)', ['spend']),
    'contacts': ('bigint', ['contacts']),
    'leads': ('bigint', ['leads']),
    'deals_created': ('bigint', ['deals']),
    'deals_won': ('bigint', ['deals']),
    'clients': ('bigint', ['deals']),
    'revenue_rc': ('decimal(18, 2)', ['deals']),
    'margin_rc': ('decimal(18, 2)', ['deals']),
    'paid_rc': ('decimal(18, 2)', ['deals', 'paid_rc']),
    'deals_with_margin': ('bigint', ['deals']),
    'revenue_with_margin_rc': ('decimal(18, 2)', ['deals']),
} %}
{%- set events = [
    ('spend', 'true', 'date_day', ['source', 'medium', 'campaign'], {
        'spend_rc': 'cost_rc',
        'planned_spend_rc': 'case when is_planned then cost_rc end',
    }, 'spend_rc'),
    ('contacts', 'true', 'created_date', ["coalesce(card_source, '(none)')", 'card_medium', 'card_campaign'], {
        'contacts': '1',
    }, none),
    ('leads', 'true', 'opened_date', ["coalesce(own_source, '(none)')", 'own_medium', 'own_campaign'], {
        'leads': '1',
    }, none),
    ('deals', 'true', 'created_date', ['card_or_none', 'card_medium', 'card_campaign'], {
        'deals_created': '1',
    }, none),
    ('deals', 'is_won', 'outcome_date', ['card_or_none', 'card_medium', 'card_campaign'], {
        'deals_won': '1',
        'clients': 'case when person_id is not null and outcome_no = 1 then 1 end',
        'revenue_rc': 'revenue_rc',
        'margin_rc': 'margin_rc',
        'paid_rc': 'paid_rc',
        'deals_with_margin': 'case when margin_rc is not null then 1 end',
        'revenue_with_margin_rc': 'case when margin_rc is not null then revenue_rc end',
    }, 'revenue_rc'),
] %}

events as (
    {%- for relation, condition, day, labels, given, money in events %}
    select
        {{ period_start('month', day) }} as month,
        {{ labels[0] }} as source,
        {{ labels[1] }} as medium,
        {{ labels[2] }} as campaign,
        {%- for measure, (type, fact) in measures.items() %}
        cast({{ given.get(measure, 'null') }} as {{ type }}) as {{ measure }},
        {%- endfor %}
        {{ "'" ~ money ~ "'" if money else 'null' }} as told_money
    from {{ relation }}
    where {{ condition }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

-- Money that was spent or earned and cannot be told is NULL; where there is none it is 0.
summed as (
    select
        {%- for measure, (type, fact) in measures.items() %}
        case
            when not {{ is_measured(*fact) }} then null
            when count(*) filter (where told_money = '{{ measure }}') > 0
                then cast(sum({{ measure }}) as {{ type }})
            else cast(coalesce(sum({{ measure }}), 0) as {{ type }})
        end as {{ measure }},
        {%- endfor %}
        month,
        source,
        medium,
        campaign
    from events
    group by month, source, medium, campaign
),

monthly as (
    select
        {%- for measure in measures %}
        summed.{{ measure }},
        {%- endfor %}
        summed.month,
        channels.channel,
        summed.source,
        summed.medium,
        summed.campaign
    from summed
    left join channels
        on summed.source = channels.source
        and summed.medium is not distinct from channels.medium
)

{{ channel_return('monthly') }}
