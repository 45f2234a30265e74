-- grain: one row per kind of period, period, slice, member and factor of the change of its revenue
-- (EE-9)
{#- The factors of revenue and who answers for each. #}
{%- set factors = {
    'spend': 'marketing',
    'leads_per_spend': 'marketing',
    'deals_per_lead': 'sales',
    'wins_per_deal': 'sales',
    'revenue_per_win': 'sales',
} %}
{%- set links = factors | list %}
with comparisons as (
    select
        *,
        {{ to_cents('(revenue_now_rc - revenue_before_rc)') }} as change_cents
    from {{ ref('fct_revenue_comparisons') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

-- What cannot be measured changed nothing.
multiplied as (
    select
        {%- for factor in factors %}
        coalesce({{ factor }}_before, 1) as {{ factor }}_before,
        coalesce({{ factor }}_now, 1) as {{ factor }}_now,
        {{ factor }}_now is not null as has_{{ factor }},
        {%- endfor %}
        period_type,
        period_start,
        slice,
        member,
        is_complete,
        revenue_before_rc,
        revenue_now_rc,
        change_cents
    from comparisons
    where change_type = 'changed'
),

{%- set kept = [
    'period_type', 'period_start', 'slice', 'member', 'is_complete', 'revenue_before_rc',
    'revenue_now_rc', 'change_cents',
] | join(', ') %}

effects as (
    {%- for factor, side in factors.items() %}
    select
        {{ kept }},
        '{{ factor }}' as factor,
        {{ loop.index }} as factor_no,
        '{{ side }}' as side,
        {{ factor }}_before as factor_before,
        {{ factor }}_now as factor_now,
        -- Doubles: what is a whole number of cents shall be one.
        round(100 * {{ shapley(factor, links) }}, 6) as cents
    from multiplied
    where has_{{ factor }}

    union all
    {% endfor %}
    select
        {{ kept }},
        change_type as factor,
        0 as factor_no,
        cast(null as string) as side,
        cast(null as double) as factor_before,
        cast(null as double) as factor_now,
        cast(change_cents as double) as cents
    from comparisons
    where change_type <> 'changed'
),

floored as (
    select
        *,
        cast(floor(cents) as bigint) as whole_cents,
        row_number() over (
            partition by period_type, period_start, slice, member
            order by cents - floor(cents) desc nulls last, factor_no
        ) as remainder_no
    from effects
),

-- What rounding down leaves over goes, a cent each, to the largest remainders. Of amounts with more
-- digits than a double has it can be more, or less than nothing: all factors share that.
shared as (
    select
        *,
        cast(
            change_cents - sum(whole_cents) over (
                partition by period_type, period_start, slice, member
            ) as bigint
        ) as cents_left,
        count(*) over (partition by period_type, period_start, slice, member) as factors
    from floored
)

select
    shared.period_type,
    shared.period_start,
    shared.slice,
    shared.member,
    case when shared.slice = 'manager' then users.user_name else shared.member end as member_name,
    shared.factor,
    shared.side,
    {{ from_cents(
        'shared.whole_cents + 1 + cast(floor('
        ~ ratio('shared.cents_left - shared.remainder_no', 'shared.factors') ~ ') as bigint)'
    ) }} as effect_rc,
    shared.factor_before,
    shared.factor_now,
    shared.revenue_before_rc,
    shared.revenue_now_rc,
    shared.is_complete
from shared
left join users
    on shared.slice = 'manager'
    and shared.member = users.user_id
