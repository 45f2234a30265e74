-- grain: one row per day of first contact, bucket of earlier sessions, source and channel (DJ-18)
with first_contacts as (
    select * from {{ ref('fct_first_contacts') }}
    where sessions_before_contact is not null
),

deals as (
    select * from {{ ref('fct_deals') }}
),

won_deals as (
    select
        person_id,
        count(*) as deals_won
    from deals
    where is_won and person_id is not null
    group by person_id
),

bucketed as (
    select
        *,
        case
            when sessions_before_contact = 0 then '0'
            when sessions_before_contact = 1 then '1'
            when sessions_before_contact <= 3 then '2-3'
            else '4+'
        end as bucket
    from first_contacts
),

final as (
    select
        bucketed.contacted_date as date_day,
        bucketed.bucket,
        bucketed.source,
        bucketed.channel,
        count(*) as persons,
        sum(won_deals.deals_won) as deals_won
    from bucketed
    left join won_deals on bucketed.person_id = won_deals.person_id
    group by bucketed.contacted_date, bucketed.bucket, bucketed.source, bucketed.channel
)

select
    date_day,
    bucket,
    source,
    channel,
    persons,
    {{ if_measured('deals_won', 'deals') }} as deals_won
from final
