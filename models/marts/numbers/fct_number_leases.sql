-- grain: one row per lease of a number before as_of (EE-33)
with leases as (
    select * from {{ ref('stg_number_leases') }}
    where leased_at < {{ as_of() }}
),

phones as (
    select * from {{ ref('int_phones_normalised') }}
    where phone_no = 1
),

pool_numbers as (
    select * from {{ ref('dim_tracking_numbers') }}
    where kind = 'pool'
),

-- A lease ends no earlier than it begins.
ended as (
    select
        {{ keyed_hash('phones.phone') }} as tracking_phone_hash,
        leases.session_id,
        leases.leased_at,
        greatest(leases.leased_at, {{ lease_end('leases') }}) as released_at
    from leases
    inner join phones on leases.phone = phones.written_phone
    where phones.phone is not null
    -- A number in two writings is one number.
    qualify
        row_number() over (
            partition by phones.phone, leases.session_id, leases.leased_at
            order by leases.released_at desc nulls last, leases.phone asc
        ) = 1
),

placed as (
    select
        ended.*,
        pool_numbers.pool
    from ended
    left join pool_numbers
        on ended.tracking_phone_hash = pool_numbers.tracking_phone_hash
        and {{ holds_at('pool_numbers', 'ended.leased_at') }}
    qualify
        row_number() over (
            partition by ended.tracking_phone_hash, ended.session_id, ended.leased_at
            order by pool_numbers.valid_from desc nulls last
        ) = 1
)

select
    tracking_phone_hash,
    session_id,
    leased_at,
    {{ local_date('leased_at') }} as leased_date,
    released_at,
    {{ add_minutes('released_at', var('lease_grace_minutes')) }} as covered_until,
    coalesce(pool, '(none)') as pool
from placed
