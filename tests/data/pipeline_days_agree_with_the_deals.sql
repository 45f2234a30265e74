-- Detects: open deals of the last day of rpt_pipeline_daily that are not those of fct_deal_spans or
--   of rpt_pipeline_changes, deals created, won or lost that are not those of fct_deals, and a deal
--   that never changed and is open in only one of fct_deal_spans and fct_deals (ST-40 to ST-43).
-- Usually means: a span of fct_deal_spans that does not end as the deal did.
-- A returned row is: one total.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_pipeline_daily'}}}) }}
{%- set eve = add_days(as_of_date(), -1) %}
{%- set open_on_eve = "case when date_day = " ~ eve ~ ' then deals_open else 0 end' %}
with in_report as (
    select
        coalesce(sum({{ open_on_eve }}), 0) as deals_open,
        coalesce(sum(deals_created), 0) as deals_created,
        coalesce(sum(deals_won), 0) as deals_won,
        coalesce(sum(deals_lost), 0) as deals_lost
    from {{ ref('rpt_pipeline_daily') }}
),

open_spans as (
    select distinct deal_id
    from {{ ref('fct_deal_spans') }}
    where open_from <= {{ eve }} and (open_to is null or open_to > {{ eve }})
),

in_spans as (
    select count(*) as deals_open from open_spans
),

in_deals as (
    select
        count(*) filter (where created_date < {{ as_of_date() }}) as deals_created,
        count(*) filter (where is_won and outcome_date < {{ as_of_date() }}) as deals_won,
        count(*) filter (where is_lost and outcome_date < {{ as_of_date() }}) as deals_lost
    from {{ ref('fct_deals') }}
),

in_changes as (
    select coalesce(sum(deals), 0) as deals_open
    from {{ ref('rpt_pipeline_changes') }}
    where movement = 'closing' and month = {{ period_start('month', eve) }}
),

compared as (
    {%- for total, relation, elsewhere in [
        ('deals_open', 'in_spans', 'fct_deal_spans'),
        ('deals_open', 'in_changes', 'rpt_pipeline_changes'),
        ('deals_created', 'in_deals', 'fct_deals'),
        ('deals_won', 'in_deals', 'fct_deals'),
        ('deals_lost', 'in_deals', 'fct_deals'),
    ] %}
    select
        '{{ total }}' as total,
        in_report.{{ total }} as in_report,
        '{{ elsewhere }}' as elsewhere,
        {{ relation }}.{{ total }} as in_it
    from in_report
    cross join {{ relation }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

-- Of several cards the one delivered last, which fct_deals shows, need not be the newest; and what
-- changed on as_of's own day is not yet in the report.
unchanged as (
    select deal_id
    from {{ ref('fct_deal_days') }}
    group by deal_id
    having count(*) = 1 and max(date_day) < {{ as_of_date() }}
),

deals as (
    select
        deals.deal_id,
        deals.is_open or deals.outcome_date >= {{ as_of_date() }} as is_open_in_deals,
        open_spans.deal_id is not null as is_open_in_spans
    from {{ ref('fct_deals') }} as deals
    inner join unchanged on deals.deal_id = unchanged.deal_id
    left join open_spans on deals.deal_id = open_spans.deal_id
)

select
    'rpt_pipeline_daily: ' || total || ' is ' || cast(in_report as string) || ', in ' || elsewhere
    || ' ' || cast(in_it as string) || ': look at the deal''s spans in'
    || ' models/marts/pipeline/fct_deal_spans.sql.' as problem
from compared
where in_report <> in_it

union all

select
    'fct_deal_spans: deal ' || deal_id || ' is '
    || case when is_open_in_spans then 'open' else 'not open' end
    || ' at the end of the last day, in fct_deals it is '
    || case when coalesce(is_open_in_deals, false) then 'open' else 'not open' end || '.' as problem
from deals
where is_open_in_spans is distinct from coalesce(is_open_in_deals, false)
