-- Detects: a fixed rate that is not above 0, ends before it begins, or shares a day with another
-- one of its currency.
-- Usually means: the last day of the old rate was not written when a new one was added.
-- A returned row is: one row of the seed fixed_rates.
with rates as (
    {{ fixed_rate_spans() }}
),

followed as (
    select
        *,
        lead(first_day) over (partition by currency order by first_day, last_day) as next_day
    from rates
)

select
    'seeds/fixed_rates.csv: the rate ' || cast(rate as string) || ' of ' || currency || ' from '
    || cast(first_day as string) || ' to ' || cast(last_day as string)
    || case
        when rate <= 0 then ' is not above 0: correct rate.'
        when last_day < first_day
            then ' ends before it begins: correct valid_from or valid_to.'
        else
            ' holds on ' || cast(next_day as string)
            || ', when another one begins: end it the day before.'
    end as problem
from followed
where rate <= 0 or last_day < first_day or next_day <= last_day
{{ config(tags=['configuration']) }}
