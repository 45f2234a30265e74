-- grain: one row per period type, period, level, who it is of and metric; where anything of it was
-- (TS-35, ST-25, ST-44, ST-49, ST-70)
{%- set metrics = published_metrics() %}
{%- set facts = measures_by_model() %}
{%- set members = [
    ('company', "'(all)'", 'user_days'),
    ('team', 'team', 'user_days'),
    ('user', 'user_id', 'user_days'),
    ('company', "'(all)'", 'channel_days'),
] %}
{%- set periods = {
    'day': ('date_day', add_days('period_start', 1), add_days('period_start', -1)),
    'week': (
        period_start('week', 'date_day'), add_days('period_start', 7),
        add_days('period_start', -7),
    ),
    'month': (
        period_start('month', 'date_day'), add_months('period_start', 1),
        add_months('period_start', -1),
    ),
} %}
with user_days as (
    select * from {{ ref('fct_user_days') }}
    where {{ day_start('date_day') }} < {{ as_of() }}
),

channel_days as (
    select * from {{ ref('fct_channel_days') }}
    where {{ day_start('date_day') }} < {{ as_of() }}
),

users as (
    select * from {{ ref('dim_users') }}
),

targets as (
    select
        month as period_start,
        level,
        case when level = 'company' then '(all)' else coalesce(level_id, '(none)') end as level_id,
        metric,
        case
            when metric <> 'revenue' then sum(target)
            when count(*) = count(target_rc) then sum(target_rc)
        end as target
    from {{ ref('fct_targets') }}
    where {{ day_start('month') }} < {{ as_of() }}
    group by
        month,
        level,
        case when level = 'company' then '(all)' else coalesce(level_id, '(none)') end,
        metric
),

-- The facts are added up once, by day, and these few rows again by week and month.
level_days as (
    {%- for level, member, relation in members %}
    select
        {%- for other, measures in facts.items() %}
        {%- for measure, column in measures.items() %}
        {{ 'sum(' ~ column ~ ')' if other == relation else 'null' }} as {{ measure }},
        {%- endfor %}
        {%- endfor %}
        date_day,
        '{{ level }}' as level,
        {{ member }} as level_id
    from {{ relation }}
    {{ computed_once() }}
    group by date_day{{ ', ' ~ member if level != 'company' }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

period_sums as (
    {%- for period_type, (start, _, _) in periods.items() %}
    select
        {%- for measures in facts.values() %}
        {%- for measure in measures %}
        sum({{ measure }}) as {{ measure }},
        {%- endfor %}
        {%- endfor %}
        '{{ period_type }}' as period_type,
        {{ start }} as period_start,
        level,
        level_id
    from level_days
    {{ computed_once() }}
    group by {{ start }}, level, level_id
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

measured as (
    select
        {%- for measures in facts.values() %}
        {%- for measure in measures %}
        count({{ measure }}) > 0 as {{ measure }},
        {%- endfor %}
        {%- endfor %}
        count(*) as day_count
    from level_days
),

begun as (
    select
        period_type,
        period_start,
        level,
        level_id,
        min(period_start) over (partition by period_type, level, level_id) as first_start
    from period_sums
),

-- A period in which there is nothing stands between others as well, so that each follows the one
-- before it and what came to an end shows.
shown as (
    select
        period_type,
        period_start,
        level,
        level_id
    from begun

    {%- for period_type, (_, next_start, start_before) in periods.items() %}

    union

    select
        period_type,
        {{ next_start }} as period_start,
        level,
        level_id
    from begun
    where
        period_type = '{{ period_type }}'
        and {{ day_start(next_start) }} < {{ as_of() }}

    union

    select
        period_type,
        {{ start_before }} as period_start,
        level,
        level_id
    from begun
    where period_type = '{{ period_type }}' and first_start < period_start
    {%- endfor %}

    union

    select
        'month' as period_type,
        period_start,
        level,
        level_id
    from targets
),

filled as (
    select
        {%- for measures in facts.values() %}
        {%- for measure in measures %}
        case when measured.{{ measure }} then coalesce(period_sums.{{ measure }}, 0) end
            as {{ measure }},
        {%- endfor %}
        {%- endfor %}
        shown.period_type,
        shown.period_start,
        shown.level,
        shown.level_id
    from shown
    cross join measured
    left join period_sums
        on shown.period_type = period_sums.period_type
        and shown.period_start = period_sums.period_start
        and shown.level = period_sums.level
        and shown.level_id = period_sums.level_id
),

valued as (
    select
        {%- for metric in metrics %}
        {{ ratio(metric.numerator, metric.denominator or 1) }} as {{ metric.metric }}_value,
        cast({{ metric.numerator }} as double) as {{ metric.metric }}_numerator,
        cast({{ metric.denominator or 'null' }} as double) as {{ metric.metric }}_denominator,
        cast({{ metric.cases or 'null' }} as bigint) as {{ metric.metric }}_cases,
        {%- endfor %}
        period_type,
        period_start,
        level,
        level_id
    from filled
),

followed as (
    select
        {%- for metric in metrics %}
        lag({{ metric.metric }}_value) over (
            partition by period_type, level, level_id order by period_start
        ) as {{ metric.metric }}_previous,
        {%- endfor %}
        *
    from valued
),

kpis as (
    {%- set rows = [] %}
    {%- for metric in metrics %}
    {%- do rows.append([
        "'" ~ metric.metric ~ "'",
        metric.metric ~ '_value',
        metric.metric ~ '_numerator',
        metric.metric ~ '_denominator',
        metric.metric ~ '_previous',
        metric.metric ~ '_cases',
    ]) %}
    {%- endfor %}
    {{ stacked(
        'followed', ['period_type', 'period_start', 'level', 'level_id'],
        ['metric', 'value', 'numerator', 'denominator', 'previous', 'n'], rows
    ) }}
)

select
    kpis.period_type,
    kpis.period_start,
    kpis.level,
    kpis.level_id,
    users.user_name,
    kpis.metric,
    kpis.value,
    kpis.numerator,
    kpis.denominator,
    kpis.previous,
    kpis.value - kpis.previous as change,
    100 * {{ ratio('kpis.value - kpis.previous', 'kpis.previous') }} as change_pct,
    cast(targets.target as double) as target,
    kpis.n,
    kpis.n < {{ var('low_sample_below') }} as is_low_sample,
    case kpis.period_type
        when 'day' then {{ day_start(add_days('kpis.period_start', 1)) }}
        when 'week' then {{ day_start(add_days('kpis.period_start', 7)) }}
        else {{ day_start(add_months('kpis.period_start', 1)) }}
    end <= {{ as_of() }} as is_complete
from kpis
left join targets
    on kpis.period_type = 'month'
    and kpis.period_start = targets.period_start
    and kpis.level = targets.level
    and kpis.level_id = targets.level_id
    and kpis.metric = targets.metric
left join users
    on kpis.level = 'user'
    and kpis.level_id = users.user_id
-- Of the company every metric is told; of a team or user those of which anything was.
where
    kpis.level = 'company'
    or kpis.numerator <> 0
    or kpis.denominator <> 0
    or kpis.previous <> 0
    or kpis.n > 0
    or targets.target is not null
