{# Every macro attribution_family__<name> is a family of attribution models: a new file adds a
   family, and no other file has to change (EE-23). A family returns what a touch weighs within its
   conversion, a whole number of 0 or more; the weights are then scaled to sum to exactly 1. It may use
   these columns of a touch within the lookback: position (the earliest is 1), touch_count, days_before,
   latest_days_before (of the conversion's latest touch), removal_effect (of its channel, NULL where no
   journey counts it), half_life_days, first_weight, last_weight.
   Direct touches beside others are left out before, but for the family last. #}

{# The weight of a touch under the family in the column `family`. #}
{% macro attribution_units(family) -%}
    case {{ family }}
        {%- for name in context.keys() | sort if name.startswith('attribution_family__') %}
            when '{{ name | replace("attribution_family__", "") }}'
                then {{ context.get(name)() }}
        {%- endfor %}
        end
{%- endmacro %}

{# All families, as a list of SQL literals. #}
{% macro attribution_family_names() -%}
    {%- for name in context.keys() | sort if name.startswith('attribution_family__') -%}
        '{{ name | replace("attribution_family__", "") }}'{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
