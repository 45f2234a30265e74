-- Detects: an active panel that names a pipeline, stage or tag that never landed (LR-13 to LR-19).
-- Usually means: a spelling in the seed, or a rename in the CRM.
-- A returned row: one name of one panel that nothing landed has.
-- Not checked: names of an entity that has no landed row at all; a panel of which neither the
--   pipeline nor the first-contact tag is known here, because it is another company's; users, who
--   may simply not have worked yet (rpt_data_quality lists them).
{{ config(tags=['configuration'], meta={'dagster': {'ref': {'name': 'lead_routing_panels'}}}) }}
with panels as (
    select * from {{ ref('lead_routing_panels') }}
    where {{ to_boolean('is_active') }}
),

panel_sources as (
    select * from {{ ref('lead_routing_panel_sources') }}
),

-- All landed rows, whatever the clocks: a panel is right or wrong at any point in time.
landed_stages as (
    select distinct
        pipeline,
        stage
    from {{ source('landing', 'pipeline_stages') }}
),

landed_pipelines as (
    select distinct pipeline from landed_stages
),

existing_tags as (
    select tag from {{ source('landing', 'contact_tags') }}
    union
    select tag from {{ ref('source_tags') }}
),

landed as (
    select
        (select count(*) from landed_stages) > 0 as has_stages,
        (select count(*) from {{ source('landing', 'contact_tags') }}) > 0 as has_tags
),

named_tags as (
    select
        panel_id,
        'first_contact_tag' as as_what,
        'seeds/lead_routing_panels.csv' as seed,
        first_contact_tag as tag
    from panels

    union all

    select
        panels.panel_id,
        'source_tag' as as_what,
        'seeds/lead_routing_panel_sources.csv' as seed,
        panel_sources.source_tag as tag
    from panels
    inner join panel_sources on panels.panel_id = panel_sources.panel_id
),

known_panels as (
    {{ known_panels(source('landing', 'pipeline_stages'), source('landing', 'contact_tags')) }}
),

named_stages as (
    {%- for point in ['cp1_stage', 'cp2_stage', 'final_stage'] %}
    select
        panel_id,
        pipeline,
        '{{ point }}' as as_what,
        {{ point }} as stage
    from panels
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}
),

missing as (
    select
        panels.panel_id,
        'names pipeline ''' || panels.pipeline || ''', but pipeline_stages has no such pipeline. '
        || 'Correct seeds/lead_routing_panels.csv or land the pipeline''s stages.' as what
    from panels
    cross join landed
    left join landed_pipelines on panels.pipeline = landed_pipelines.pipeline
    where landed.has_stages and landed_pipelines.pipeline is null

    union all

    select
        named_stages.panel_id,
        'names stage ''' || named_stages.stage || ''' as its ' || named_stages.as_what
        || ', but pipeline_stages has no such stage in pipeline ''' || named_stages.pipeline
        || '''. Correct seeds/lead_routing_panels.csv or land the stage.' as what
    from named_stages
    -- Without its pipeline all three are missing, which the sentence above has said.
    inner join landed_pipelines on named_stages.pipeline = landed_pipelines.pipeline
    left join landed_stages
        on named_stages.pipeline = landed_stages.pipeline
        and named_stages.stage = landed_stages.stage
    where landed_stages.stage is null

    union all

    select
        named_tags.panel_id,
        'names tag ''' || named_tags.tag || ''' as its ' || named_tags.as_what
        || ', but neither contact_tags nor seeds/source_tags.csv has such a tag. Correct '
        || named_tags.seed || ' or land the tag.' as what
    from named_tags
    cross join landed
    left join existing_tags on named_tags.tag = existing_tags.tag
    where landed.has_tags and existing_tags.tag is null
),

final as (
    select
        'Panel ' || missing.panel_id || ' ' || missing.what
        || ' A panel that is not yours: is_active false in seeds/lead_routing_panels.csv leaves'
        || ' it out.' as problem
    from missing
    inner join known_panels on missing.panel_id = known_panels.panel_id
)

select * from final
