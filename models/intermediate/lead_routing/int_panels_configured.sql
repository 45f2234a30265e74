-- grain: one row per active lead-routing panel
with panels as (
    select * from {{ ref('lead_routing_panels') }}
),

final as (
    select
        panel_id,
        panel_name,
        handed_from_user_id,
        first_contact_tag,
        pipeline,
        cp1_stage,
        cp2_stage,
        final_stage
    from panels
    where {{ to_boolean('is_active') }}
)

select * from final
