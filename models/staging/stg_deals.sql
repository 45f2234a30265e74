-- grain: one row per deal_id, the latest delivered
{% set creation_method -%}
    coalesce(
            creation_method,
            case
                when split_part(lower(_source_file), '.', -1) in ('xlsx', 'xls', 'xlsb', 'ods')
                    then 'excel'
                else 'manual'
            end
        )
{%- endset -%}
{{ staged('deals', days=['created_at', 'closed_at'], creation_method=creation_method) }}
