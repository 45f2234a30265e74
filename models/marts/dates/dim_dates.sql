-- grain: one row per day of every year that any table has a day of, and of the week it begins in
{%- set day_columns = {
    'dim_accounts': ['created_date'],
    'dim_contacts': ['created_date'],
    'fct_ad_spend': ['date_day'],
    'fct_calls': ['started_date'],
    'fct_contact_acquisition': ['acquired_date', 'handed_over_date', 'first_contacted_date'],
    'fct_deals': ['created_date', 'closed_date'],
    'fct_enquiries': ['occurred_date'],
    'fct_meetings': ['starts_date'],
    'fct_payments': ['paid_date'],
    'fct_sessions': ['started_date'],
    'fct_targets': ['month'],
    'fct_tasks': ['due_date'],
    'stg_loads': ['delivery_date'],
} %}
with bounds as (
    select
        {{ as_of_date() }} as first_day,
        {{ as_of_date() }} as last_day
    {%- for name, columns in day_columns.items() %}
    {%- for column in columns %}

    union all

    select
        min({{ column }}) as first_day,
        max({{ column }}) as last_day
    from {{ ref(name) }}
    {%- endfor %}
    {%- endfor %}

    union all

    -- Forecasts look ahead: a year, or as long as a deal has ever taken.
    select
        null as first_day,
        {{ add_days(
            as_of_date(),
            'greatest(366, coalesce(max(' ~ calendar_days('created_date', 'closed_date') ~ '), 0))'
        ) }} as last_day
    from {{ ref('fct_deals') }}
    where closed_date < {{ as_of_date() }}
),

years as (
    select
        {{ period_start('year', 'min(first_day)') }} as first_year,
        {{ add_days(period_start('year', 'max(last_day)'), 366) }} as next_year
    from bounds
),

spans as (
    select
        {{ period_start('week', 'first_year') }} as first_day,
        {{ add_days(period_start('year', 'next_year'), -1) }} as last_day
    from years
),

days as (
    {{ each_day('spans', 'first_day', 'last_day', ['last_day']) }}
),

weeks as (
    select
        date_day,
        {{ period_start('week', 'date_day') }} as week_start,
        -- The ISO year of a week is its Thursday's.
        {{ add_days(period_start('week', 'date_day'), 3) }} as thursday
    from days
),

parts as (
    select
        date_day,
        week_start,
        {{ period_start('month', 'date_day') }} as month,
        {{ period_start('quarter', 'date_day') }} as quarter,
        cast(year(date_day) as bigint) as year,
        cast(quarter(date_day) as string) as quarter_no,
        cast(year(thursday) as string) as week_year,
        cast(weekofyear(date_day) as string) as week_no,
        cast({{ calendar_days('week_start', 'date_day') }} + 1 as bigint) as weekday
    from weeks
)

select
    date_day,
    week_start,
    month,
    quarter,
    year,
    week_year || '-W' || lpad(week_no, 2, '0') as iso_week,
    weekday,
    weekday <= 5 as is_workday,
    left(cast(date_day as string), 7) as iso_month,
    cast(year as string) || '-Q' || quarter_no as quarter_name,
    case weekday
        when 1 then 'Monday'
        when 2 then 'Tuesday'
        when 3 then 'Wednesday'
        when 4 then 'Thursday'
        when 5 then 'Friday'
        when 6 then 'Saturday'
        when 7 then 'Sunday'
    end as weekday_name
from parts
