-- Detects: a lead-routing report whose totals are not those of fct_contact_acquisition, or a
--   summary that is not the sum of its salespeople (D-01, D-12, LR-33, LR-50).
-- Usually means: a join in the report loses or duplicates contacts, or a new status or salesperson
--   that the report does not know.
-- A returned row: one total of one panel that two tables state differently.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_lead_routing_sellers'}}}) }}
{%- set points = ['handed_over', 'contacted', 'cp1_entered', 'cp2_entered', 'final_entered'] %}
{%- set compared = [
    ('flow', 'acquired', 'facts', 'acquired'),
    ('flow', 'handed_over', 'facts', 'handed_over'),
    ('flow', 'direct_assigned', 'facts', 'direct_assigned'),
    ('flow', 'waiting', 'facts', 'waiting'),
    ('flow', 'other', 'facts', 'other'),
    ('flow', 'contacted', 'facts', 'contacted'),
    ('daily', 'acquired', 'facts', 'acquired'),
    ('daily', 'handed_over', 'facts', 'handed_over'),
    ('daily', 'contacted', 'facts', 'contacted'),
    ('calendar', 'acquired', 'daily', 'acquired'),
    ('calendar', 'handed_over', 'daily', 'handed_over'),
    ('calendar', 'contacted', 'daily', 'contacted'),
    ('steps', 'acquired', 'facts', 'acquired'),
    ('seller_work', 'received', 'flow', 'received'),
    ('seller_work', 'reassigned_in', 'facts', 'reassigned'),
    ('seller_work', 'reassigned_out', 'facts', 'reassigned'),
] %}
{%- for point in points %}
{%- do compared.append(('sellers', point, 'flow', point)) %}
{%- do compared.append(('seller_sources', point, 'sellers', point)) %}
{%- endfor %}
{%- for point in points if point != 'handed_over' %}
{%- do compared.append(('seller_work', point, 'flow', point)) %}
{%- endfor %}
{%- set names = {
    'facts': 'fct_contact_acquisition',
    'flow': 'rpt_lead_routing_flow',
    'daily': 'rpt_lead_routing_daily',
    'calendar': 'rpt_lead_routing_calendar',
    'steps': 'rpt_lead_routing_steps',
    'sellers': 'rpt_lead_routing_sellers',
    'seller_sources': 'rpt_lead_routing_seller_sources',
    'seller_work': 'rpt_lead_routing_seller_work',
} %}
with facts as (
    select
        panel_id,
        count(*) as acquired,
        count(*) filter (where handover_status = 'handed_over') as handed_over,
        count(*) filter (where handover_status = 'direct') as direct_assigned,
        count(*) filter (where handover_status = 'waiting') as waiting,
        count(*) filter (where handover_status = 'other') as other,
        count(first_contacted_at) as contacted,
        sum(reassigned_count) as reassigned
    from {{ ref('fct_contact_acquisition') }}
    group by panel_id
),

flow as (
    select
        panel_id,
        sum(acquired) as acquired,
        sum(handed_over + direct_assigned) as received,
        sum(direct_assigned) as direct_assigned,
        sum(waiting) as waiting,
        sum(acquired - handed_over - direct_assigned - waiting) as other,
    {%- for point in points %}
    sum({{ point }}) as {{ point }}{{ ',' if not loop.last }}
    {%- endfor %}
    from {{ ref('rpt_lead_routing_flow') }}
    group by panel_id
),
{% for name in ['daily', 'calendar'] %}
{{ name }} as (
    select
        panel_id,
        sum(acquired_contacts) as acquired,
        sum(handed_over_contacts) as handed_over,
        sum(contacted_contacts) as contacted
    from {{ ref('rpt_lead_routing_' ~ name) }}
    group by panel_id
),
{% endfor %}
steps as (
    select
        panel_id,
        sum(reached) as acquired
    from {{ ref('rpt_lead_routing_steps') }}
    where step_no = 1
    group by panel_id
),
{% for name in ['sellers', 'seller_sources'] %}
{{ name }} as (
    select
        panel_id,
    {%- for point in points %}
    sum({{ point }}) as {{ point }}{{ ',' if not loop.last }}
    {%- endfor %}
    from {{ ref('rpt_lead_routing_' ~ name) }}
    group by panel_id
),
{% endfor %}
seller_work as (
    select
        panel_id,
        {%- for step in ['contacted', 'cp1_entered', 'cp2_entered', 'final_entered'] %}
        sum({{ step }}) as {{ step }},
        {%- endfor %}
        sum(received) as received,
        sum(reassigned_in) as reassigned_in,
        sum(reassigned_out) as reassigned_out
    from {{ ref('rpt_lead_routing_seller_work') }}
    group by panel_id
),

panels as (
    {%- for name in names %}
    select panel_id from {{ name }}
    {%- if not loop.last %}
    union
    {%- endif %}
    {%- endfor %}
),

totals as (
    {%- for left_name, left_total, right_name, right_total in compared %}
    select
        panels.panel_id,
        '{{ names[left_name] }}' as left_table,
        '{{ left_total }}' as measure,
        cast(coalesce({{ left_name }}.{{ left_total }}, 0) as bigint) as left_total,
        '{{ names[right_name] }}' as right_table,
        cast(coalesce({{ right_name }}.{{ right_total }}, 0) as bigint) as right_total
    from panels
    left join {{ left_name }} on panels.panel_id = {{ left_name }}.panel_id
    left join {{ right_name }} on panels.panel_id = {{ right_name }}.panel_id
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}
)

select
    'Panel ' || panel_id || ': ' || left_table || ' counts ' || cast(left_total as string)
    || ' contacts as ' || measure || ' and ' || right_table || ' has '
    || cast(right_total as string) || ' of them. Correct models/reports/lead_routing/'
    || left_table || '.sql, which must count every contact once.' as problem
from totals
where left_total <> right_total
