-- The n won deals with the highest revenue from d1 to d2, by outcome_date. Ties go to the deal that was
-- closed first, none last, then to the smaller id.
create macro reports.top_deals(d1, d2, n := 3) as table
select
    cast(row_number() over (
        order by
            deals.revenue_rc desc,
            -- A closing of which only the day is known stands at the end of that day.
            deals.closed_at + case
                when deals.closed_at_is_day then interval 1 day - interval 1 microsecond
                else interval 0 day
            end nulls last,
            deals.deal_id
    ) as bigint) as rank,
    deals.deal_id,
    deals.outcome_date,
    deals.closed_at,
    deals.amount_rc,
    deals.person_id,
    deals.manager_user_id,
    deals.manager_name,
    deals.team,
    deals.source,
    deals.created_at,
    deals.sessions_before_contact,
    deals.deal_url
from marts.fct_deals as deals
where deals.is_won
    and deals.revenue_rc is not null
    and deals.outcome_date between cast(d1 as date) and cast(d2 as date)
qualify rank <= n
order by rank
