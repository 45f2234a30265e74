-- grain: one row per method, month, source, medium, campaign, kind of spend and person
-- Each person's share of the spend; what nobody got stands under (unallocated).
with spend as (
    select
        {{ period_start('month', 'date_day') }} as month,
        channel,
        source,
        medium,
        campaign,
        kind,
        sum({{ to_millionths('cost_rc') }}) as millionths
    from {{ ref('fct_ad_spend') }}
    group by {{ period_start('month', 'date_day') }}, channel, source, medium, campaign, kind
),

first_candidates as (
    select
        person_id,
        {{ period_start('month', local_date('occurred_at')) }} as month
    from {{ ref('fct_source_candidates') }}
    where candidate_no = 1
),

persons as (
    select
        dim_persons.person_id,
        dim_persons.source,
        dim_persons.medium,
        dim_persons.campaign,
        first_candidates.month
    from {{ ref('dim_persons') }} as dim_persons
    inner join first_candidates on dim_persons.person_id = first_candidates.person_id
),

targeted as (
    select
        spend.*,
        persons.person_id,
        1 as weight
    from spend
    left join persons
        on spend.month = persons.month
        and spend.source = persons.source
        and spend.medium is not distinct from persons.medium
        and spend.campaign is not distinct from persons.campaign
    where spend.millionths <> 0
),

shared as (
    {{ share_by_largest_remainder(
        'targeted', total='millionths', weight='weight',
        group_by=['month', 'source', 'medium', 'campaign', 'kind'], order_by='person_id nulls last',
        name='share_millionths',
        keep=['month', 'channel', 'source', 'medium', 'campaign', 'kind', 'person_id']
    ) }}
)

select
    'spread' as method,
    month as date_day,
    channel,
    source,
    medium,
    campaign,
    kind,
    case when person_id is null then '(unallocated)' else 'person' end as target,
    person_id,
    {{ from_millionths('share_millionths') }} as amount_rc
from shared
