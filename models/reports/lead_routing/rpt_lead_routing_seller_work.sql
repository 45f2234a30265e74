-- grain: one row per panel, day of acquisition, source tag and user; with the steps that contacts
-- took while the user owned them (D-02)
with steps as (
    select * from {{ ref('fct_seller_steps') }}
)

select
    panel_id,
    panel_name,
    acquired_date,
    source_tag,
    user_id,
    user_name,
    {{ the_one('team') }} as team,
    {%- for step in [
        'received', 'contacted', 'cp1_entered', 'cp2_entered', 'final_entered', 'reassigned_in',
    ] %}
    cast(sum(case when step = '{{ step }}' then times else 0 end) as bigint) as {{ step }},
    {%- endfor %}
    cast(sum(case when step = 'reassigned_out' then times else 0 end) as bigint) as reassigned_out
from steps
group by panel_id, panel_name, acquired_date, source_tag, user_id, user_name
