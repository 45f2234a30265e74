-- grain: one row per rule and entity whose records tell of themselves that they are wrong
{%- set begun = [
    ('contacts', 'contact_id', 'created_at'), ('deals', 'deal_id', 'created_at'),
    ('payments', 'payment_id', 'paid_at'), ('tasks', 'task_id', 'created_at')
] %}
{%- set called = [('calls', 'call_id', 'from_phone'), ('enquiries', 'enquiry_id', 'phone')] %}
{%- for entity, key, moment in begun %}
select
    'record of the future' as rule,
    '{{ entity }}' as table_name,
    'warn' as severity,
    'The record begins after the day that follows its delivery, often because day and month are '
    || 'swapped, and is in no table until then. Correct it in the source.' as meaning,
    count(*) filter (
        where {{ local_date(moment) }} > {{ add_days('_delivery_date', 1) }}
    ) as failing_rows,
    count(*) as total_rows,
    {{ smallest_keys(
        'case when ' ~ local_date(moment) ~ ' > ' ~ add_days('_delivery_date', 1)
        ~ ' then ' ~ key ~ ' end'
    ) }} as sample_keys
from {{ ref('stg_' ~ entity) }}

union all
{% endfor %}
{%- for entity, key, phone in called %}
select
    'phone that a spreadsheet shortened' as rule,
    '{{ entity }}' as table_name,
    'warn' as severity,
    'The number has lost digits (3.80501E+11), so nobody is found by it. Export phones as text.'
        as meaning,
    count(*) filter (where {{ phone }} like '%E+%') as failing_rows,
    count(*) as total_rows,
    {{ smallest_keys('case when ' ~ phone ~ " like '%E+%' then " ~ key ~ ' end') }} as sample_keys
from {{ ref('stg_' ~ entity) }}
{%- if not loop.last %}

union all
{% endif %}
{%- endfor %}
