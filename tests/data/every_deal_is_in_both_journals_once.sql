-- Detects: a deal that is missing from a journal or is in it twice (DJ-3, DJ-4).
-- Usually means: two contacts with one id, or two first calls of one person, reach the joins of the
--   owner's journal.
-- A returned row is: one deal and journal.
{{ config(meta={'dagster': {'ref': {'name': 'pii_rpt_deal_journal'}}}) }}
{%- set journals = {
    'reports.rpt_deal_journal': ref('rpt_deal_journal'),
    'pii.rpt_deal_journal': ref('pii_rpt_deal_journal'),
} %}
with counted as (
    {%- for name, journal in journals.items() %}
    select
        '{{ name }}' as journal,
        deals.deal_id,
        count(listed.deal_id) as times
    from {{ ref('fct_deals') }} as deals
    left join {{ journal }} as listed on deals.deal_id = listed.deal_id
    group by deals.deal_id
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    'Deal ' || deal_id || ' stands ' || cast(times as string) || ' times in ' || journal
    || ' instead of once: look for a join in models/pii/pii_rpt_deal_journal.sql that '
    || 'is not unique.' as problem
from counted
where times <> 1
