-- grain: one row per check, scope and currency; a difference fails the build before publishing
{%- set subjects = [
    'rows', 'keys', 'contacts', 'deals', 'ad_spend', 'manual_costs', 'spend', 'revenue', 'hours'
] %}
with sides as (
    {%- for subject in subjects %}
    select
        check_name,
        scope,
        currency,
        cast(raw_total as decimal(28, 12)) as raw_total,
        cast(mart_total as decimal(28, 12)) as mart_total
    from {{ ref('reconciled_' ~ subject) }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

checks as (
    select
        check_name,
        scope,
        currency,
        coalesce(sum(raw_total), 0) as raw_total,
        coalesce(sum(mart_total), 0) as mart_total
    from sides
    group by check_name, scope, currency
)

select
    check_name,
    scope,
    currency,
    cast(raw_total as decimal(28, 6)) as raw_total,
    cast(mart_total as decimal(28, 6)) as mart_total,
    cast(mart_total - raw_total as decimal(28, 6)) as difference,
    raw_total = mart_total as is_ok
from checks
