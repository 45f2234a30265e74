-- Detects: a measure of rpt_channel_performance whose total is not its facts' (DJ-42, EE-19).
-- Usually means: a source and medium without a channel, two channels for one of them, or an event
-- without a day.
-- A returned row is: one measure.
with facts as (
    {%- set totals = [
        ('impressions', 'sum(impressions)', 'fct_ad_spend', 'true'),
        ('clicks', 'sum(clicks)', 'fct_ad_spend', 'true'),
        ('sessions', 'count(*)', 'fct_sessions', 'true'),
        ('calls', 'sum(call_count)', 'fct_calls', "direction = 'in' and not is_internal"),
        ('enquiries', 'count(*)', 'fct_enquiries', 'true'),
        ('contacts', 'count(*)', 'dim_contacts', 'true'),
        ('deals_created', 'count(*)', 'fct_deals', 'true'),
        ('deals_won', 'count(*)', 'fct_deals', 'is_won'),
    ] %}
    {%- for measure, total, fact, condition in totals %}
    select
        '{{ measure }}' as measure,
        '{{ fact }}' as fact,
        coalesce({{ total }}, 0) as total
    from {{ ref(fact) }}
    where {{ condition }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

reported as (
    {%- for measure, total, fact, condition in totals %}
    select
        '{{ measure }}' as measure,
        coalesce(sum({{ measure }}), 0) as total
    from {{ ref('rpt_channel_performance') }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    'rpt_channel_performance: ' || facts.measure || ' adds up to '
    || cast(reported.total as string) || ', in ' || facts.fact || ' to '
    || cast(facts.total as string)
    || '; look for a doubled or missing source and medium in dim_channels.' as problem
from facts
inner join reported on facts.measure = reported.measure
where facts.total <> reported.total
{{ config(meta={'dagster': {'ref': {'name': 'rpt_channel_performance'}}}) }}
