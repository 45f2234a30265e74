-- grain: one row per method, day, source, medium, campaign, kind of spend and person
-- Each person's share of the spend; what nobody got stands under (unallocated). Method spread has
-- one day a month, its first.
{%- set node = ['channel', 'source', 'medium', 'campaign', 'kind'] %}
{%- set spans = {
    'spread': [period_start('month', 'date_day'), 'cast(null as string)'],
    'direct': ['date_day', 'keyword'],
} %}
with spend as (
    {%- for method, (day, keyword) in spans.items() %}
    select
        {%- for column in node %}
        {{ column }},
        {%- endfor %}
        '{{ method }}' as method,
        {{ day }} as date_day,
        {{ keyword }} as keyword,
        sum({{ to_millionths('cost_rc') }}) as millionths
    from {{ ref('fct_ad_spend') }}
    group by all
    having sum({{ to_millionths('cost_rc') }}) <> 0
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

-- Whom a method gives the spend, and in how many parts: the persons whom a month brought, a part
-- each, or those of the sessions of a day, a part a session.
targets as (
    select
        'spread' as method,
        {{ period_start('month', local_date('candidates.occurred_at')) }} as date_day,
        persons.source,
        persons.medium,
        persons.campaign,
        cast(null as string) as keyword,
        persons.person_id,
        1 as parts
    from {{ ref('dim_persons') }} as persons
    inner join {{ ref('fct_source_candidates') }} as candidates
        on persons.person_id = candidates.person_id
        and candidates.candidate_no = 1

    union all

    select
        'direct' as method,
        started_date as date_day,
        source,
        medium,
        campaign,
        keyword,
        person_id,
        count(*) as parts
    from {{ ref('fct_sessions') }}
    group by started_date, source, medium, campaign, keyword, person_id
),

keywords_met as (
    select distinct
        method,
        date_day,
        source,
        medium,
        campaign,
        keyword
    from targets
),

-- Spend of a keyword that nobody used goes to all who came from its node.
placed as (
    select
        spend.*,
        keywords_met.method is not null as is_keyword_met
    from spend
    left join keywords_met
        on spend.method = keywords_met.method
        and spend.date_day = keywords_met.date_day
        and spend.source = keywords_met.source
        and spend.medium is not distinct from keywords_met.medium
        and spend.campaign is not distinct from keywords_met.campaign
        and spend.keyword is not distinct from keywords_met.keyword
),

targeted as (
    select
        {%- for column in node %}
        placed.{{ column }},
        {%- endfor %}
        placed.method,
        placed.date_day,
        placed.keyword,
        placed.millionths,
        targets.person_id,
        coalesce(sum(targets.parts), 1) as parts
    from placed
    left join targets
        on placed.method = targets.method
        and placed.date_day = targets.date_day
        and placed.source = targets.source
        and placed.medium is not distinct from targets.medium
        and placed.campaign is not distinct from targets.campaign
        and (
            not placed.is_keyword_met
            or placed.keyword is not distinct from targets.keyword
        )
    group by all
),

counted as (
    select
        *,
        sum(parts) over (
            partition by method, date_day, keyword, {{ node | join(', ') }}
        ) as all_parts,
        sum(parts) over (
            partition by method, date_day, keyword, {{ node | join(', ') }}
            order by person_id nulls last
        ) - parts as parts_before
    from targeted
),

-- Equal parts in whole millionths; what they leave over goes, one each, to the first of them.
shared as (
    select
        *,
        case when millionths < 0 then -1 else 1 end * (
            {{ whole_quotient('abs(millionths)', 'all_parts') }} * parts
            + least(greatest(abs(millionths) % all_parts - parts_before, 0), parts)
        ) as share
    from counted
)

select
    method,
    date_day,
    channel,
    source,
    medium,
    campaign,
    kind,
    case when person_id is null then '(unallocated)' else 'person' end as target,
    person_id,
    {{ from_millionths('sum(share)') }} as amount_rc
from shared
group by method, date_day, channel, source, medium, campaign, kind, person_id
