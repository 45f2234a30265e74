-- grain: one row per rule; a rule of severity error fails the build before publishing
{%- set subjects = [
    'money', 'deals', 'contacts', 'lead_routing', 'sources', 'targets', 'records', 'landing',
    'mappings'
] %}
with rules as (
    {%- for subject in subjects %}
    select * from {{ ref('quality_' ~ subject) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    rule,
    table_name,
    severity,
    failing_rows,
    {{ ratio('failing_rows', 'total_rows') }} as share,
    sample_keys,
    meaning
from rules
