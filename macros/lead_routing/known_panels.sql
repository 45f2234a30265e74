{# The active panels of this company: those whose pipeline or first-contact tag occurs in its data. Of
   the others nothing is known here, because they are another company's, and nobody complains. The
   arguments are relations of pipeline stages and of tag events. #}
{% macro known_panels(pipeline_stages, contact_tags) -%}
    select panels.panel_id
    from {{ ref('lead_routing_panels') }} as panels
    where
        {{ to_boolean('panels.is_active') }}
        and (
            panels.pipeline in (select pipeline from {{ pipeline_stages }})
            or panels.first_contact_tag in (select tag from {{ contact_tags }})
        )
{%- endmacro %}
