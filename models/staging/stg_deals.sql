-- grain: one row per deal_id, the latest delivered
{% set creation_method -%}
    coalesce(
            creation_method,
            case when lower(_source_file) like '%.xlsx' then 'excel' else 'manual' end
        )
{%- endset -%}
{{ staged('deals', days=['created_at', 'closed_at'], creation_method=creation_method) }}
