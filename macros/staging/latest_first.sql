{# The order in which rows of one key win: latest delivery, then file name, then row (docs/landing.md). #}
{% macro latest_first() -%}
    _delivery_date desc nulls last,
        _source_file desc nulls last,
        _row_number desc nulls last,
        _load_id desc nulls last
{%- endmacro %}
