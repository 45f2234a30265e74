-- grain: one row per month, model, conversion type, channel, source, medium and campaign (EE-23)
with credits as (
    select
        *,
        {{ period_start('month', 'conversion_date') }} as month
    from {{ ref('fct_attribution') }}
),

spend as (
    select * from {{ ref('fct_ad_spend') }}
),

kinds as (
    select distinct
        model_id,
        conversion_type
    from credits
),

credited as (
    select
        model_id,
        conversion_type,
        month,
        channel,
        source,
        medium,
        campaign,
        sum(weight) as conversions,
        sum(value_rc) as value_rc,
        sum(margin_rc) as margin_rc,
        sum(weight) filter (where margin_rc is not null) as conversions_with_margin
    from credits
    group by model_id, conversion_type, month, channel, source, medium, campaign
),

spent as (
    select
        kinds.model_id,
        kinds.conversion_type,
        {{ period_start('month', 'spend.date_day') }} as month,
        spend.channel,
        spend.source,
        spend.medium,
        spend.campaign,
        sum(spend.cost_rc) as spend_rc,
        count(*) as rows_of_spend
    from spend
    cross join kinds
    group by
        kinds.model_id,
        kinds.conversion_type,
        {{ period_start('month', 'spend.date_day') }},
        spend.channel,
        spend.source,
        spend.medium,
        spend.campaign
),

-- Spend without a conversion has a row, too; spend that cannot be told is NULL, where there is
-- none it is 0.
joined as (
    select
        {%- for column in [
            'month', 'model_id', 'conversion_type', 'channel', 'source', 'medium', 'campaign'
        ] %}
        coalesce(credited.{{ column }}, spent.{{ column }}) as {{ column }},
        {%- endfor %}
        cast(coalesce(credited.conversions, 0) as decimal(18, 12)) as conversions,
        case
            when credited.month is null then 0
            else credited.value_rc
        end as value_rc,
        coalesce(credited.margin_rc, 0) as margin_rc,
        coalesce(credited.conversions_with_margin, 0) as conversions_with_margin,
        case
            when spent.rows_of_spend is null
                then {{ if_measured('null', 'spend', type='decimal(18, 6)') }}
            else spent.spend_rc
        end as spend_rc
    from credited
    full join spent
        on credited.month = spent.month
        and credited.model_id = spent.model_id
        and credited.conversion_type = spent.conversion_type
        and credited.source = spent.source
        and credited.medium is not distinct from spent.medium
        and credited.campaign is not distinct from spent.campaign
)

select
    month,
    model_id,
    conversion_type,
    channel,
    source,
    medium,
    campaign,
    conversions,
    cast(value_rc as decimal(18, 2)) as value_rc,
    cast(margin_rc as decimal(18, 2)) as margin_rc,
    cast(spend_rc as decimal(18, 6)) as spend_rc,
    {{ ratio('value_rc', 'spend_rc') }} as roas,
    {{ ratio('spend_rc', 'conversions') }} as cost_per_conversion,
    cast(conversions_with_margin as decimal(18, 12)) as conversions_with_margin
from joined
