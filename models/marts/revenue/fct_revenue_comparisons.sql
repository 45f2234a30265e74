-- grain: one row per kind of period, period, slice and member: the factors of its revenue before and
-- now (EE-9)
{#- The links from spend to revenue, and the factor that leads to each from the link before. #}
{%- set factors = {
    'spend_rc': 'spend',
    'leads': 'leads_per_spend',
    'deals_created': 'deals_per_lead',
    'deals_won': 'wins_per_deal',
    'revenue_rc': 'revenue_per_win',
} %}
{%- set links = factors | list %}
{%- set sides = ['before', 'now'] %}
with revenue_links as (
    select * from {{ ref('fct_revenue_links') }}
),

dates as (
    select * from {{ ref('dim_dates') }}
),

bounds as (
    select
        min(period_start) as first_day,
        greatest(max(period_start), {{ add_days(as_of_date(), -1) }}) as last_day
    from revenue_links
    where period_type = 'month'
),

-- Nothing stands before the first period, with which it could be compared.
periods as (
    {%- for period in ['month', 'quarter'] %}
    select
        '{{ period }}' as period_type,
        {{ period_start(period, 'dates.date_day') }} as period_start,
        {{ period_start(period, 'min(bounds.first_day)') }} as first_period,
        max(dates.date_day) < {{ as_of_date() }} as is_complete
    from dates
    inner join bounds
        on dates.date_day >= {{ period_start(period, 'bounds.first_day') }}
        and {{ period_start(period, 'dates.date_day') }} <= bounds.last_day
    group by {{ period_start(period, 'dates.date_day') }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

members as (
    select distinct
        slice,
        member
    from revenue_links
),

compared as (
    select
        {%- for link in links %}
        coalesce(cast(revenue_links.{{ link }} as double), 0) as {{ link }}_now,
        coalesce(
            lag(cast(revenue_links.{{ link }} as double)) over (
                partition by members.slice, members.member, periods.period_type
                order by periods.period_start
            ), 0
        ) as {{ link }}_before,
        {%- endfor %}
        periods.*,
        members.slice,
        members.member
    from periods
    cross join members
    left join revenue_links
        on periods.period_type = revenue_links.period_type
        and periods.period_start = revenue_links.period_start
        and members.slice = revenue_links.slice
        and members.member = revenue_links.member
),

-- A link that is 0 where a later one is not cannot be divided by: its factor joins the next.
linked as (
    select
        {%- for link in links[:-1] %}
        {%- set later = links[loop.index:] %}
        {%- for side in sides %}
        {{ 'and ' if not loop.first -}}
        ({{ link }}_{{ side }} <> 0 or ({{ later | join('_' ~ side ~ ' = 0 and ') }}_{{ side }} = 0))
        {%- endfor %} as keeps_{{ link }},
        {%- endfor %}
        true as keeps_revenue_rc,
        *
    from compared
    where period_start > first_period
),

factored as (
    select
        {%- for link, factor in factors.items() %}
        {%- set earlier = links[:loop.index0] | reverse | list %}
        {%- for side in sides %}
        {%- set base %}
            {%- if earlier %}case
            {%- for each in earlier %} when keeps_{{ each }} then {{ each }}_{{ side }}{% endfor %} else 1 end
            {%- else %}1{% endif -%}
        {%- endset %}
        case when keeps_{{ link }} then {{ ratio(link ~ '_' ~ side, base) }} end
            as {{ factor }}_{{ side }},
        {%- endfor %}
        {%- endfor %}
        *
    from linked
)

select
    -- A ratio of nothing to nothing tells no change.
    {%- for factor in factors.values() %}
    coalesce({{ factor }}_before, {{ factor }}_now) as {{ factor }}_before,
    coalesce({{ factor }}_now, {{ factor }}_before) as {{ factor }}_now,
    {%- endfor %}
    period_type,
    period_start,
    slice,
    member,
    is_complete,
    case
        when {{ links | join('_before = 0 and ') }}_before = 0 then 'new'
        when {{ links | join('_now = 0 and ') }}_now = 0 then 'gone'
        else 'changed'
    end as change_type,
    cast(revenue_rc_before as decimal(18, 2)) as revenue_before_rc,
    cast(revenue_rc_now as decimal(18, 2)) as revenue_now_rc
from factored
where {{ links | join('_before <> 0 or ') }}_before <> 0
    or {{ links | join('_now <> 0 or ') }}_now <> 0
