-- grain: one row per acquired panel contact that has stage events in the panel's pipeline: first
-- entries of the three points at or after it was acquired, and the stage it is in now (D-03)
with acquired as (
    select * from {{ ref('int_panel_contacts_acquired') }}
),

panels as (
    select * from {{ ref('int_panels_configured') }}
),

stage_events as (
    select * from {{ ref('int_contact_stages_survived') }}
),

ordered as (
    select
        acquired.panel_id,
        acquired.contact_id,
        panels.cp1_stage,
        panels.cp2_stage,
        panels.final_stage,
        stage_events.stage,
        stage_events.kind,
        stage_events.occurred_at,
        stage_events.ordered_at,
        stage_events.ordered_at >= acquired.acquired_at as is_after_acquired,
        row_number() over (
            partition by acquired.panel_id, acquired.contact_id
            order by
                stage_events.ordered_at desc,
                stage_events.position desc nulls last,
                stage_events.stage desc
        ) as latest_no
    from acquired
    inner join panels on acquired.panel_id = panels.panel_id
    inner join stage_events
        on acquired.contact_id = stage_events.contact_id
        and panels.pipeline = stage_events.pipeline
),

final as (
    select
        panel_id,
        contact_id,
        min_by(occurred_at, ordered_at) filter (
            where is_after_acquired and stage = cp1_stage
        ) as cp1_entered_at,
        min_by(occurred_at, ordered_at) filter (
            where is_after_acquired and stage = cp2_stage
        ) as cp2_entered_at,
        min_by(occurred_at, ordered_at) filter (
            where is_after_acquired and stage = final_stage
        ) as final_entered_at,
        {%- for point in ['cp1', 'cp2', 'final'] %}
        min(ordered_at) filter (
            where is_after_acquired and stage = {{ point }}_stage
        ) as {{ point }}_ordered_at,
        {%- endfor %}
        max(stage) filter (where latest_no = 1) as current_stage,
        max(kind) filter (where latest_no = 1) as current_kind
    from ordered
    group by panel_id, contact_id
)

select * from final
