-- The persons behind a cell of rpt_clients. NULL asks for any.
create macro reports.drill_clients(
    date_day := null, user_id := null, source := null, channel := null
) as table
with first_won_deals as (
    select deals.*
    from marts.fct_deals as deals
    where deals.is_won and deals.person_id is not null
    qualify row_number() over (
        partition by deals.person_id
        order by deals.outcome_date, deals.deal_id
    ) = 1
)

select
    'clients_new' as measure,
    'marts.dim_persons' as table_name,
    deals.person_id as key,
    cast(1 as decimal(28, 6)) as value
from first_won_deals as deals
where reports.is_asked(deals.outcome_date, date_day)
    and reports.is_asked(deals.manager_user_id, user_id)
    and reports.is_asked(deals.source, source)
    and reports.is_asked(deals.channel, channel)
