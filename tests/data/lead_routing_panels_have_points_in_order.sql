-- Detects: an active panel whose cp1, cp2 and final stage are not three different stages, in the
--   order of their positions in the panel's pipeline (LR-7).
-- Usually means: the stages were swapped in the seed, or the pipeline was rearranged in the CRM.
-- A returned row: one pair of stages of one panel.
{{ config(tags=['configuration'], meta={'dagster': {'ref': {'name': 'lead_routing_panels'}}}) }}
with panels as (
    select * from {{ ref('lead_routing_panels') }}
    where {{ to_boolean('is_active') }}
),

-- All landed rows, whatever the clocks: a panel is right or wrong at any point in time.
pipeline_stages as (
    select
        pipeline,
        stage,
        {{ to_integer('position') }} as position
    from {{ source('landing', 'pipeline_stages') }}
    qualify
        row_number() over (
            partition by pipeline, stage
            order by {{ latest_first() }}
        ) = 1
),

pairs as (
    {%- for first, second in [('cp1', 'cp2'), ('cp2', 'final'), ('cp1', 'final')] %}
    select
        panel_id,
        pipeline,
        '{{ first }}_stage' as first_point,
        {{ first }}_stage as first_stage,
        '{{ second }}_stage' as second_point,
        {{ second }}_stage as second_stage
    from panels
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        case
            when pairs.first_stage = pairs.second_stage
                then 'Panel ' || pairs.panel_id || ' names stage ''' || pairs.first_stage
                    || ''' as its ' || pairs.first_point || ' and as its ' || pairs.second_point
                    || '. Name three different stages in seeds/lead_routing_panels.csv.'
            else 'Panel ' || pairs.panel_id || ' names ''' || pairs.first_stage || ''' (position '
                || cast(first_stages.position as string) || ') as its ' || pairs.first_point
                || ' and ''' || pairs.second_stage || ''' (position '
                || cast(second_stages.position as string) || ') as its ' || pairs.second_point
                || ', but in pipeline ''' || pairs.pipeline || ''' the second does not come after '
                || 'the first. Correct the stages in seeds/lead_routing_panels.csv or the '
                || 'positions in pipeline_stages.'
        end as problem
    from pairs
    left join pipeline_stages as first_stages
        on pairs.pipeline = first_stages.pipeline
        and pairs.first_stage = first_stages.stage
    left join pipeline_stages as second_stages
        on pairs.pipeline = second_stages.pipeline
        and pairs.second_stage = second_stages.stage
    where pairs.first_stage = pairs.second_stage
        or (
            first_stages.position >= second_stages.position
            -- cp1 and final are only compared when cp2 does not already tell.
            and (pairs.first_point = 'cp2_stage' or pairs.second_point = 'cp2_stage')
        )
)

select * from final
