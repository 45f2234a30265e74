-- grain: one row per rule about what single records say of themselves
{%- set begun = [
    ('contacts', 'contact_id', 'created_at', 'contact created in the future'),
    ('deals', 'deal_id', 'created_at', 'deal created in the future'),
    ('payments', 'payment_id', 'paid_at', 'payment in the future'),
    ('tasks', 'task_id', 'created_at', 'task created in the future'),
] %}
{%- set called = [
    ('calls', 'call_id', 'from_phone', 'call with a shortened phone'),
    ('enquiries', 'enquiry_id', 'phone', 'enquiry with a shortened phone'),
] %}
{%- for entity, key, moment, rule in begun %}
select
    '{{ rule }}' as rule,
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
{%- for entity, key, phone, rule in called %}
select
    '{{ rule }}' as rule,
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
