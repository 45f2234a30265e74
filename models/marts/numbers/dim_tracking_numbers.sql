-- grain: one row per number and start of its validity (TS-12, EE-33)
with numbers as (
    select * from {{ ref('int_tracking_numbers_normalised') }}
    where phone is not null
    -- A number in two writings is one number.
    qualify
        row_number() over (
            partition by phone, valid_from
            order by kind, pool nulls last, source nulls last, campaign nulls last
        ) = 1
)

select
    {{ keyed_hash('phone') }} as tracking_phone_hash,
    valid_from,
    valid_to,
    kind,
    case when kind = 'pool' then coalesce(pool, '(none)') end as pool,
    source,
    medium,
    campaign,
    event_name
from numbers
