-- grain: one row per basis, month, channel and source of a cohort of persons, and month since then
-- (EE-15)
{%- set cohort = 'cohort_basis, cohort_month, channel, source' %}
{#- Of each measure its type and the mart without whose facts nothing is measured. #}
{%- set deals, spend = ref('fct_deals'), ref('fct_ad_spend') %}
{%- set measures = {
    'persons': ('bigint', 'cohort_months'),
    'clients': ('bigint', deals),
    'active_clients': ('bigint', deals),
    'deals_won': ('bigint', deals),
    'deals_with_margin': ('bigint', deals),
    'revenue_rc': ('decimal(18, 2)', deals),
    'margin_rc': ('decimal(18, 2)', deals),
    'spend_rc': ('decimal(18, 6)', spend),
} %}
with cohort_months as (
    select * from {{ ref('fct_cohort_months') }}
),

spans as (
    select
        {{ cohort }},
        least(min(months_since), 0) as first_since,
        greatest(
            max(months_since),
            {{ calendar_months('cohort_month', add_days(as_of_date(), -1)) }}
        ) as last_since
    from cohort_months
    group by {{ cohort }}
),

-- A row for every month up to the last whose days are over, so that curves have no gaps.
months as (
    {{ each_number('spans', 'first_since', 'last_since', 'months_since', [cohort]) }}
),

filled as (
    select
        {%- for measure in measures %}
        coalesce(cohort_months.{{ measure }}, 0) as {{ measure }},
        {%- endfor %}
        months.*
    from months
    left join cohort_months
        on months.cohort_basis = cohort_months.cohort_basis
        and months.cohort_month = cohort_months.cohort_month
        and months.channel = cohort_months.channel
        and months.source = cohort_months.source
        and months.months_since = cohort_months.months_since
),

cumulated as (
    select
        *,
        {%- for measure in measures %}
        sum({{ measure }}) over (
            partition by {{ cohort }}
            order by months_since
            rows between unbounded preceding and current row
        ) as cumulative_{{ measure }},
        {%- endfor %}
        sum(spend_rc) over (partition by {{ cohort }}) as cost_rc,
        sum(deals_with_margin) over (partition by {{ cohort }})
        < sum(deals_won) over (partition by {{ cohort }}) as payback_by_revenue
    from filled
),

gains as (
    select
        *,
        case when payback_by_revenue then cumulative_revenue_rc else cumulative_margin_rc end
            as gain_rc
    from cumulated
),

final as (
    select
        *,
        min(case when cost_rc > 0 and gain_rc >= cost_rc then months_since end) over (
            partition by {{ cohort }}
        ) as payback_months
    from gains
)

select
    cohort_basis,
    cohort_month,
    channel,
    source,
    cast(months_since as bigint) as months_since,
    {{ add_months('cohort_month', 'months_since') }} as month,
    {#- Who is active in several months would be counted several times. #}
    {%- for prefix in ['', 'cumulative_'] %}
    {%- for measure, (type, facts) in measures.items() %}
    {%- if prefix ~ measure != 'cumulative_active_clients' %}
    {{ if_measured(prefix ~ measure, facts, type=type) }} as {{ prefix }}{{ measure }},
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
    cast(payback_months as bigint) as payback_months,
    {{ add_months('cohort_month', 'payback_months') }} as payback_month,
    payback_by_revenue
from final
