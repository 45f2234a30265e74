-- grain: one row per month of outcome, dimension and member of it with a won or lost deal (D-40)
{%- set members = {
    'all': "'(all)'",
    'pipeline': 'pipeline',
    'product': 'product',
    'team': 'team',
    'manager': 'manager_user_id',
    'source': 'source',
    'channel': 'channel',
    'campaign': 'campaign',
    'competitor': 'competitor',
    'lost_reason': 'lost_reason',
} %}
with deals as (
    select
        *,
        {{ period_start('month', 'outcome_date') }} as month
    from {{ ref('fct_deals') }}
    where outcome_date is not null
),

-- By each dimension alone first, so that no deal is written out ten times.
counts as (
    {%- for dimension, member in members.items() %}
    select
        month,
        '{{ dimension }}' as dimension,
        coalesce({{ member }}, '(none)') as member,
        {{ 'max(manager_name)' if dimension == 'manager' else 'cast(null as string)' }}
            as member_name,
        count(*) filter (where is_won) as won,
        count(*) filter (where is_lost) as lost,
        sum(case when is_won then amount_rc end) as won_rc,
        sum(case when is_lost then amount_rc end) as lost_rc
    from deals
    group by month, coalesce({{ member }}, '(none)')
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    month,
    dimension,
    member,
    member_name,
    won,
    lost,
    cast(case when won = 0 then 0 else won_rc end as decimal(18, 2)) as won_rc,
    cast(case when lost = 0 then 0 else lost_rc end as decimal(18, 2)) as lost_rc,
    {{ ratio('won', 'won + lost') }} as win_rate,
    {{ wilson('low', 'won', '(won + lost)') }} as win_rate_low,
    {{ wilson('high', 'won', '(won + lost)') }} as win_rate_high,
    case
        when (won = 0 or won_rc is not null) and (lost = 0 or lost_rc is not null)
            then {{ ratio(
                'coalesce(won_rc, 0)', 'coalesce(won_rc, 0) + coalesce(lost_rc, 0)'
            ) }}
    end as win_rate_value,
    won + lost < {{ var('low_sample_below') }} as is_low_sample
from counts
