{# An e-mail as it is compared: blanks around it removed, lower case. #}
{% macro normalised_email(column) %}nullif(lower(trim({{ column }})), ''){% endmacro %}
