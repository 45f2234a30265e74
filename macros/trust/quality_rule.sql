{# One row of trust.rpt_data_quality: `rows` selects the key (as `key`) of every failing row, `total` is
   the relation whose rows are the whole, or `total_rows` says how many those are. The sample holds
   the ten smallest keys. #}
{% macro quality_rule(rule, table_name, severity, rows, total=none, total_rows=none) -%}
    select
        '{{ rule }}' as rule,
        '{{ table_name }}' as table_name,
        '{{ severity }}' as severity,
        count(*) as failing_rows,
        {{ total_rows or '(select count(*) from ' ~ total ~ ')' }} as total_rows,
        {{ list_of('case when key_no <= 10 then key end', 'key_no') }} as sample_keys
    from (
        select
            key,
            row_number() over (order by key) as key_no
        from ({{ rows }}) as failing
    ) as numbered
{%- endmacro %}
