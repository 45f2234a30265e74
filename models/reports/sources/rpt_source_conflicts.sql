-- grain: one row per month and pair of origins whose evidence names two sources for one person
-- (D-09)

{#- The origins of a source, the one that tells most first. #}
{%- set origins = ['web', 'call_tracking', 'manual', 'crm_card'] %}
with candidates as (
    select
        *,
        -- The place of its origin among them.
        case
            when evidence in ('session', 'enquiry') then 1
            when evidence in ('call_dynamic', 'call_vendor', 'call_static') then 2
            when evidence = 'tag' then 3
            else 4
        end as origin_no
    from {{ ref('fct_source_candidates') }}
),

-- What an origin says of a person is its earliest evidence of a known source.
firsts as (
    select
        person_id,
        origin_no,
        min(candidate_no) as candidate_no
    from candidates
    where not is_direct and source not in ('(none)', '(unknown)')
    group by person_id, origin_no
),

named as (
    select
        firsts.person_id,
        firsts.origin_no,
        candidates.source
    from firsts
    inner join candidates
        on firsts.person_id = candidates.person_id
        and firsts.candidate_no = candidates.candidate_no
),

months as (
    select
        person_id,
        {{ period_start('month', local_date('occurred_at')) }} as month
    from candidates
    where candidate_no = 1
),

deals as (
    select
        person_id,
        count(*) as deals_won,
        sum(revenue_rc) as revenue_rc
    from {{ ref('fct_deals') }}
    where is_won and person_id is not null
    group by person_id
),

conflicts as (
    select
        months.month,
        first_named.origin_no as origin_no_a,
        first_named.source as source_a,
        second_named.origin_no as origin_no_b,
        second_named.source as source_b,
        count(*) as persons,
        sum(deals.deals_won) as deals_won,
        sum(deals.revenue_rc) as revenue_rc
    from named as first_named
    inner join named as second_named
        on first_named.person_id = second_named.person_id
        and first_named.origin_no < second_named.origin_no
        and first_named.source <> second_named.source
    inner join months on first_named.person_id = months.person_id
    left join deals on first_named.person_id = deals.person_id
    group by
        months.month, first_named.origin_no, first_named.source, second_named.origin_no,
        second_named.source
)

select
    month,
    {%- for side in ['a', 'b'] %}
    case origin_no_{{ side }}
        {%- for origin in origins %}
        when {{ loop.index }} then '{{ origin }}'
        {%- endfor %}
    end as origin_{{ side }},
    source_{{ side }},
    {%- endfor %}
    persons,
    {{ if_measured('deals_won', ref('fct_deals')) }} as deals_won,
    {{ if_measured('revenue_rc', ref('fct_deals'), type='decimal(18, 2)') }} as revenue_rc
from conflicts
