{# The natural keys of a landed entity that first exist at or after the first clock, from the raw text
   of each key's latest delivered row. The comparison as text keeps all but the rows of about as_of and
   later from the casts: ISO texts sort by time, no offset moves one by two days, and a blank before
   the text sorts below every digit. Rows of one call in one file are its legs: it exists from the first. #}
{% macro keys_after_clock(entity, instant) -%}
    {%- set key = natural_key(entity) -%}
    {%- set exists_from = to_instant(instant) -%}
    {%- if entity == 'calls' -%}
        {%- set exists_from = 'min(' ~ exists_from ~ ') over (partition by ' ~ key[0] ~ ', _load_id)' -%}
    {%- endif -%}
    {%- set late -%}
        ({{ instant }} >= cast({{ add_days(as_of_date(), -2) }} as string) or {{ instant }} < '0')
        and {{ to_instant(instant) }} >= {{ as_of() }}
    {%- endset -%}
    {%- if to_instant(instant) in key -%}
    select
        {{ key | join(',\n        ') }}
    from {{ source('landing', entity) }}
    where
        {{ is_row() }}
        and {{ late }}
    group by all
    {%- else -%}
    select {{ key[0] }}
    from (
        select
            {{ key[0] }},
            {{ exists_from }} as exists_from,
            row_number() over (
                partition by {{ key[0] }}
                order by {{ latest_first() }}
            ) as row_no
        from {{ source('landing', entity) }}
        where
            {{ is_row() }}
            and {{ key[0] }} in (
                select {{ key[0] }} from {{ source('landing', entity) }}
                where
                    {{ is_row() }}
                    and {{ late }}
            )
    ) as versions
    where
        row_no = 1
        and exists_from >= {{ as_of() }}
    {%- endif %}
{%- endmacro %}
