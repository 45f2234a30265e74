{# The second clock: deliveries up to and including this day exist; NULL sets no limit. #}
{% macro as_known_at() %}{{ session_value('as_known_at') }}{% endmacro %}

{# Is a row of this delivery day known at the second clock? #}
{% macro is_known(delivery_date='_delivery_date') -%}
    ({{ delivery_date }} <= {{ as_known_at() }} or {{ as_known_at() }} is null)
{%- endmacro %}
