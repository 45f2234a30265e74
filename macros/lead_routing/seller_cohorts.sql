{# CTEs, ending in `final`: what the salespeople of a panel did with the contacts of each cohort, zeros
   included; `cohort` lists the columns that make a cohort within the panel. #}
{% macro seller_cohorts(cohort) -%}
acquisition as (
    select * from {{ ref('fct_contact_acquisition') }}
),

users as (
    select * from {{ ref('dim_users') }}
),

-- A panel open to everybody may have handed contacts to users that no user record has.
sellers as (
    select
        panel_id,
        user_id
    from {{ ref('dim_lead_routing_panel_sellers') }}

    union

    select
        panel_id,
        handed_over_to as user_id
    from acquisition
    where handed_over_to is not null
),

cohorts as (
    select distinct
        panel_id,
        {{ cohort | join(',\n        ') }}
    from acquisition
),

counts as (
    select
        panel_id,
        {{ cohort | join(',\n        ') }},
        handed_over_to as user_id,
        count(*) as handed_over,
        count(first_contacted_at) as contacted,
        count(cp1_entered_at) as cp1_entered,
        count(cp2_entered_at) as cp2_entered,
        count(final_entered_at) as final_entered
    from acquisition
    where handed_over_to is not null
    group by
        panel_id,
        {{ cohort | join(',\n        ') }},
        handed_over_to
),

final as (
    select
        cohorts.*,
        sellers.user_id,
        users.user_name,
        coalesce(counts.handed_over, 0) as handed_over,
        coalesce(counts.contacted, 0) as contacted,
        coalesce(counts.cp1_entered, 0) as cp1_entered,
        coalesce(counts.cp2_entered, 0) as cp2_entered,
        coalesce(counts.final_entered, 0) as final_entered
    from cohorts
    inner join sellers on cohorts.panel_id = sellers.panel_id
    left join counts
        on cohorts.panel_id = counts.panel_id
        {%- for column in cohort %}
        and cohorts.{{ column }} = counts.{{ column }}
        {%- endfor %}
        and sellers.user_id = counts.user_id
    left join users on sellers.user_id = users.user_id
)
{%- endmacro %}
