{# CTEs, ending in `final`: what the salespeople of a panel did with the contacts of each cohort, zeros
   included, and (none) for contacts that nobody got: so they add up to the flow (LR-33). `cohort`
   lists the columns that make a cohort within the panel. #}
{% macro seller_cohorts(cohort) -%}
acquisition as (
    select * from {{ ref('fct_contact_acquisition') }}
),

users as (
    select * from {{ ref('dim_users') }}
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
        coalesce(handed_over_to, '(none)') as user_id,
        count(handed_over_to) as handed_over,
        count(first_contacted_at) as contacted,
        count(cp1_entered_at) as cp1_entered,
        count(cp2_entered_at) as cp2_entered,
        count(final_entered_at) as final_entered
    from acquisition
    group by
        panel_id,
        {{ cohort | join(',\n        ') }},
        coalesce(handed_over_to, '(none)')
),

-- Every configured seller in every cohort, whoever else got contacts, and nobody: (none).
members as (
    select
        cohorts.*,
        sellers.user_id
    from cohorts
    inner join {{ ref('dim_lead_routing_panel_sellers') }} as sellers
        on cohorts.panel_id = sellers.panel_id

    union

    select
        panel_id,
        {{ cohort | join(',\n        ') }},
        user_id
    from counts
),

final as (
    select
        members.*,
        users.user_name,
        coalesce(counts.handed_over, 0) as handed_over,
        coalesce(counts.contacted, 0) as contacted,
        coalesce(counts.cp1_entered, 0) as cp1_entered,
        coalesce(counts.cp2_entered, 0) as cp2_entered,
        coalesce(counts.final_entered, 0) as final_entered
    from members
    left join counts
        on members.panel_id = counts.panel_id
        {%- for column in cohort %}
        and members.{{ column }} = counts.{{ column }}
        {%- endfor %}
        and members.user_id = counts.user_id
    left join users on members.user_id = users.user_id
)
{%- endmacro %}
