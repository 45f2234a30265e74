{# The first clock: events strictly before this instant exist. #}
{% macro as_of() %}{{ session_value('as_of') }}{% endmacro %}

{# The local day of the first clock. #}
{% macro as_of_date() %}{{ local_date(as_of()) }}{% endmacro %}
