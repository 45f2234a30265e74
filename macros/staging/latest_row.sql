{# The order in which rows of one key win: latest delivery, then file name, then row. #}
{% macro latest_first() -%}
    _delivery_date desc nulls last,
        _source_file desc nulls last,
        _row_number desc nulls last,
        _load_id desc nulls last
{%- endmacro %}

{# The rows of an entity that a later one of their key supersedes, as _load_id and _row_number. What is
   left out of millions of wide rows by this short list need not be ranked as wide rows. #}
{% macro superseded_rows(entity, key) -%}
    select
        landed.{{ key }},
        landed._load_id,
        landed._row_number
    from {{ source('landing', entity) }} as landed
    inner join (
        select {{ key }}
        from {{ source('landing', entity) }}
        where {{ is_known() }}
        group by {{ key }}
        having count(*) > 1
    ) as repeated on landed.{{ key }} = repeated.{{ key }}
    where {{ is_known() }}
    qualify
        row_number() over (
            partition by landed.{{ key }}
            order by {{ latest_first() }}
        ) > 1
{%- endmacro %}
