-- grain: one row per panel, day of acquisition, source tag, salesperson and step of the flow chart
-- (LR-41); a contact has reached a step if it passed that step or any later one, so reached never
-- grows (D-04)
with acquisition as (
    select * from {{ ref('fct_contact_acquisition') }}
),

passed as (
    select
        panel_id,
        panel_name,
        acquired_date,
        source_tag,
        user_id,
        user_name,
        team,
        is_lost,
        true as passed_1,
        handed_over_at is not null as passed_2,
        first_contacted_at is not null as passed_3,
        cp1_entered_at is not null as passed_4,
        cp2_entered_at is not null as passed_5,
        final_entered_at is not null as passed_6
    from acquisition
),

last_step as (
    select
        *,
        case
            when passed_6 then 6
            when passed_5 then 5
            when passed_4 then 4
            when passed_3 then 3
            when passed_2 then 2
            else 1
        end as last_step_no
    from passed
),

steps as (
    {%- for step in ['acquired', 'handed_over', 'contacted', 'cp1', 'cp2', 'final'] %}
    select
        panel_id,
        max(panel_name) as panel_name,
        acquired_date,
        source_tag,
        user_id,
        max(user_name) as user_name,
        max(team) as team,
        {{ loop.index }} as step_no,
        '{{ step }}' as step,
        count(*) filter (where last_step_no >= {{ loop.index }}) as reached,
        count(*) filter (where passed_{{ loop.index }}) as entered,
        count(*) filter (where last_step_no = {{ loop.index0 }}) as not_passed,
        count(*) filter (where last_step_no = {{ loop.index0 }} and is_lost) as not_passed_lost
    from last_step
    group by panel_id, acquired_date, source_tag, user_id
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    panel_id,
    panel_name,
    acquired_date,
    source_tag,
    user_id,
    user_name,
    team,
    step_no,
    step,
    reached,
    entered,
    reached - entered as implied,
    not_passed,
    not_passed_lost,
    not_passed - not_passed_lost as not_passed_open
from steps
