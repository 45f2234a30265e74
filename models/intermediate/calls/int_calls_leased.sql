-- grain: one row per inbound call that a lease of the dialled number covers; with what all
-- candidate sessions agree on (D-21)
with calls as (
    select
        call_id,
        company_phone,
        started_at,
        {{ hour_bucket('started_at') }} as bucket
    from {{ ref('int_calls_identified') }}
    where direction = 'in'
),

phones as (
    select * from {{ ref('int_phones_normalised') }}
    where phone_no = 1
),

landed_leases as (
    select * from {{ ref('stg_number_leases') }}
    where leased_at < {{ as_of() }}
),

leases as (
    select
        phones.phone,
        landed_leases.session_id,
        landed_leases.leased_at,
        {{ add_minutes(lease_end('landed_leases'), var('lease_grace_minutes')) }} as covered_until
    from landed_leases
    inner join phones on landed_leases.phone = phones.written_phone
),

bounded as (
    select
        *,
        {{ hour_bucket('leased_at') }} as first_bucket,
        {{ hour_bucket('covered_until') }} as last_bucket
    from leases
    where covered_until > leased_at
),

-- The range join is an equality join on number and hour, then a check of the exact times.
bucketed as (
    {{ each_number(
        'bounded', 'first_bucket', 'last_bucket', 'bucket',
        ['phone', 'session_id', 'leased_at', 'covered_until']
    ) }}
),

candidates as (
    select distinct
        calls.call_id,
        bucketed.session_id
    from calls
    inner join bucketed
        on calls.company_phone = bucketed.phone
        and calls.bucket = bucketed.bucket
        and calls.started_at >= bucketed.leased_at
        and calls.started_at < bucketed.covered_until
),

sessions as (
    select * from {{ ref('int_sessions_sourced') }}
),

sourced as (
    select
        candidates.call_id,
        candidates.session_id,
        coalesce(sessions.source, '(unknown)') as source,
        sessions.medium,
        sessions.campaign,
        sessions.keyword
    from candidates
    left join sessions on candidates.session_id = sessions.session_id
),

agreed as (
    select
        call_id,
        {%- for level in ['source', 'medium', 'campaign', 'keyword'] %}
        min({{ level }}) as {{ level }},
        min(coalesce('=' || {{ level }}, '')) = max(coalesce('=' || {{ level }}, ''))
            as is_one_{{ level }},
        {%- endfor %}
        count(*) as match_candidates,
        min(session_id) as session_id
    from sourced
    group by call_id
),

final as (
    select
        call_id,
        match_candidates,
        case when match_candidates = 1 then session_id end as session_id,
        case when is_one_source then source else '(unknown)' end as source,
        case when is_one_source and is_one_medium then medium end as medium,
        case when is_one_source and is_one_medium and is_one_campaign then campaign end as campaign,
        case
            when is_one_source and is_one_medium and is_one_campaign and is_one_keyword
                then keyword
        end as keyword
    from agreed
)

select * from final
