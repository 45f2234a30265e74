-- grain: one row per basis, month, channel and source of a cohort, and month since; with any event
{%- set cohort = 'cohort_basis, cohort_month, channel, source' %}
{%- set measures = {
    'persons': 'bigint',
    'clients': 'bigint',
    'active_clients': 'bigint',
    'deals_won': 'bigint',
    'deals_with_margin': 'bigint',
    'revenue_rc': 'decimal(18, 2)',
    'margin_rc': 'decimal(18, 2)',
    'spend_rc': 'decimal(18, 6)',
} %}
with cohort_persons as (
    select * from {{ ref('fct_cohort_persons') }}
),

allocations as (
    select * from {{ ref('fct_cost_allocations') }}
    where method = 'spread'
),

won_deals as (
    select
        *,
        {{ period_start('month', 'outcome_date') }} as month,
        row_number() over (partition by person_id order by outcome_date, deal_id) as won_no
    from {{ ref('fct_deals') }}
    where is_won and person_id is not null
),

purchases as (
    select
        person_id,
        month,
        max(case when won_no = 1 then 1 end) as clients,
        count(*) as deals_won,
        count(margin_rc) as deals_with_margin,
        sum(revenue_rc) as revenue_rc,
        sum(margin_rc) as margin_rc
    from won_deals
    group by person_id, month
),

-- A month's spend was for the persons who first came in it. Of clients who came before, each brings
-- its own share.
costs as (
    select
        'first_candidate' as cohort_basis,
        date_day as cohort_month,
        channel,
        source,
        amount_rc
    from allocations

    union all

    select
        cohort_persons.cohort_basis,
        cohort_persons.cohort_month,
        cohort_persons.channel,
        cohort_persons.source,
        allocations.amount_rc
    from cohort_persons
    inner join allocations on cohort_persons.person_id = allocations.person_id
    where cohort_persons.cohort_basis = 'first_won'
),

happened as (
    select
        {{ cohort }},
        0 as months_since,
        1 as persons,
        null as clients,
        null as active_clients,
        null as deals_won,
        null as deals_with_margin,
        null as revenue_rc,
        null as margin_rc,
        null as spend_rc
    from cohort_persons

    union all

    select
        {{ cohort }},
        {{ calendar_months('cohort_persons.cohort_month', 'purchases.month') }} as months_since,
        null as persons,
        purchases.clients,
        1 as active_clients,
        purchases.deals_won,
        purchases.deals_with_margin,
        purchases.revenue_rc,
        purchases.margin_rc,
        null as spend_rc
    from cohort_persons
    inner join purchases on cohort_persons.person_id = purchases.person_id

    union all

    select
        {{ cohort }},
        0 as months_since,
        null as persons,
        null as clients,
        null as active_clients,
        null as deals_won,
        null as deals_with_margin,
        null as revenue_rc,
        null as margin_rc,
        amount_rc as spend_rc
    from costs
)

select
    {{ cohort }},
    {%- for measure, type in measures.items() %}
    cast(coalesce(sum({{ measure }}), 0) as {{ type }}) as {{ measure }},
    {%- endfor %}
    cast(months_since as bigint) as months_since
from happened
group by {{ cohort }}, months_since
