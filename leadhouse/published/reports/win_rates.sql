-- Won and lost deals of the whole months from that of d1 to that of d2 by a dimension of rpt_win_rates, and the
-- win rate with its bounds at 95 % (Wilson), computed from the sums of these months.
create macro reports.win_rates(d1, d2, dimension) as table
with sums as (
    select
        rates.member,
        max(rates.member_name) as member_name,
        cast(sum(rates.won) as bigint) as won,
        cast(sum(rates.lost) as bigint) as lost,
        sum(rates.won) + sum(rates.lost) as decided
    from reports.rpt_win_rates as rates
    where rates.dimension = dimension
        and rates.month between date_trunc('month', cast(d1 as date)) and cast(d2 as date)
    group by rates.member
)

select
    sums.member,
    sums.member_name,
    sums.won,
    sums.lost,
    sums.won / sums.decided as win_rate,
    (
        sums.won + 1.9207294103470992
        - 1.959963984540054 * sqrt(sums.won * sums.lost / sums.decided + 0.9603647051735496)
    ) / (sums.decided + 3.8414588206941983) as win_rate_low,
    (
        sums.won + 1.9207294103470992
        + 1.959963984540054 * sqrt(sums.won * sums.lost / sums.decided + 0.9603647051735496)
    ) / (sums.decided + 3.8414588206941983) as win_rate_high
from sums
order by sums.decided desc, sums.member
