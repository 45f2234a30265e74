{# The instant at which a lease of a number ends: when it was released, or its longest time after it
   began. #}
{% macro lease_end(leases) -%}
    coalesce(
        {{ leases }}.released_at,
        {{ add_minutes(leases ~ '.leased_at', var('lease_max_minutes')) }}
    )
{%- endmacro %}
