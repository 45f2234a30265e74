-- grain: one row per month, country, region, gender, age band and channel of persons (EE-17); few
-- persons are never shown by what they are
{%- set traits = ['country', 'region', 'gender', 'age_band', 'channel'] %}
with persons as (
    select
        {%- for trait in traits %}
        coalesce({{ trait }}, '(unknown)') as {{ trait }},
        {%- endfor %}
        {{ period_start('month', 'created_date') }} as month,
        person_id
    from {{ ref('dim_contacts') }}
    -- A person's first contact speaks for the person.
    where contact_id = person_id
),

leads as (
    select
        person_id,
        count(*) as leads
    from {{ ref('fct_leads') }}
    group by person_id
),

clients as (
    select
        person_id,
        sum(revenue_rc) as revenue_rc
    from {{ ref('fct_deals') }}
    where is_won and person_id is not null
    group by person_id
),

cells as (
    select
        persons.month,
        {%- for trait in traits %}
        persons.{{ trait }},
        {%- endfor %}
        count(*) as persons,
        coalesce(sum(leads.leads), 0) as leads,
        count(clients.person_id) as clients,
        coalesce(sum(clients.revenue_rc), 0) as revenue_rc
    from persons
    left join leads on persons.person_id = leads.person_id
    left join clients on persons.person_id = clients.person_id
    group by persons.month, persons.{{ traits | join(', persons.') }}
),

shown as (
    select
        month,
        {%- for trait in traits %}
        case when persons < {{ var('small_cell') }} then '(other)' else {{ trait }} end
            as shown_{{ trait }},
        {%- endfor %}
        persons,
        leads,
        clients,
        revenue_rc
    from cells
)

select
    month,
    {%- for trait in traits %}
    shown_{{ trait }} as {{ trait }},
    {%- endfor %}
    cast(sum(persons) as bigint) as persons,
    cast(sum(leads) as bigint) as leads,
    {{ if_measured('sum(clients)', ref('fct_deals')) }} as clients,
    {{ if_measured('sum(revenue_rc)', ref('fct_deals'), type='decimal(18, 2)') }} as revenue_rc
from shown
group by month, shown_{{ traits | join(', shown_') }}
