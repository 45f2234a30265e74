{# Each touch by what would be lost without its channel. Direct visits beside no other touch within the
   lookback share what there is, whatever their effect. #}
{% macro attribution_family__removal_effect() -%}
    greatest({{ attribution_share('coalesce(removal_effect, 0)') }}, 1)
{%- endmacro %}
