-- grain: one row per date basis, day, source, medium, channel, contact channel, manager and status
-- (D-14)
with deals as (
    select
        *,
        coalesce(manager_user_id, '(none)') as manager_or_none
    from {{ ref('fct_deals') }}
),

dated as (
    select
        'created' as date_basis,
        created_date as date_day,
        *
    from deals

    union all

    select
        'outcome' as date_basis,
        outcome_date as date_day,
        *
    from deals
    where outcome_date is not null
),

final as (
    select
        date_basis,
        date_day,
        source,
        medium,
        channel,
        contact_channel,
        manager_or_none as manager_user_id,
        max(manager_name) as manager_name,
        {{ the_one('team') }} as team,
        status,
        count(*) as deals,
        count(*) filter (where amount is null) as deals_without_amount,
        cast(sum(revenue_rc) as decimal(18, 2)) as revenue_rc,
        cast(sum(amount_rc) as decimal(18, 2)) as amount_rc
    from dated
    group by
        date_basis,
        date_day,
        source,
        medium,
        channel,
        contact_channel,
        manager_or_none,
        status
)

select
    date_basis,
    date_day,
    source,
    medium,
    channel,
    contact_channel,
    manager_user_id,
    manager_name,
    team,
    status,
    deals,
    deals_without_amount,
    revenue_rc,
    amount_rc
from final
