-- grain: one row per inbound call that its vendor, a lease or a static number explains
with calls as (
    select
        call_id,
        started_at,
        company_phone,
        session_id,
        source,
        medium,
        campaign,
        keyword
    from {{ ref('int_calls_identified') }}
    where direction = 'in'
),

sessions as (
    select * from {{ ref('int_sessions_sourced') }}
),

leases as (
    select * from {{ ref('int_call_leases_matched') }}
),

static_numbers as (
    select * from {{ ref('int_tracking_numbers_normalised') }}
    where kind in ('static_online', 'static_offline')
),

-- A number that got a new source without the old one being ended has the newer one.
static_matches as (
    select
        calls.call_id,
        static_numbers.source,
        static_numbers.medium,
        static_numbers.campaign,
        cast(null as string) as keyword
    from calls
    inner join static_numbers
        on calls.company_phone = static_numbers.phone
        and calls.started_at >= static_numbers.valid_from
        and (static_numbers.valid_to is null or calls.started_at < static_numbers.valid_to)
    qualify
        row_number() over (
            partition by calls.call_id
            order by
                static_numbers.valid_from desc,
                static_numbers.source asc nulls last,
                static_numbers.medium asc nulls last,
                static_numbers.campaign asc nulls last
        ) = 1
),

-- Few calls name a session: they look for theirs, not every call among all sessions.
vendor_sessions as (
    select
        calls.call_id,
        sessions.session_id,
        sessions.source,
        sessions.medium,
        sessions.campaign,
        sessions.keyword
    from calls
    inner join sessions on calls.session_id = sessions.session_id
    where calls.session_id is not null
),

methods as (
    select
        calls.call_id,
        calls.started_at,
        {%- for level in ['source', 'medium', 'campaign', 'keyword'] %}
        vendor_sessions.{{ level }} as session_{{ level }},
        calls.{{ level }} as vendor_{{ level }},
        leases.{{ level }} as lease_{{ level }},
        static_matches.{{ level }} as static_{{ level }},
        {%- endfor %}
        case
            when vendor_sessions.session_id is not null then 'vendor_session'
            when calls.source is not null then 'vendor_source'
            when leases.match_candidates = 1 then 'dynamic'
            when leases.match_candidates > 1 then 'dynamic_ambiguous'
            when static_matches.call_id is not null then 'static'
        end as match_method,
        vendor_sessions.session_id as vendor_session_id,
        leases.session_id as lease_session_id,
        leases.match_candidates as lease_candidates
    from calls
    left join vendor_sessions on calls.call_id = vendor_sessions.call_id
    left join leases on calls.call_id = leases.call_id
    left join static_matches on calls.call_id = static_matches.call_id
),

final as (
    select
        call_id,
        started_at,
        match_method,
        {%- for level in ['source', 'medium', 'campaign', 'keyword'] %}
        case match_method
            when 'vendor_session' then session_{{ level }}
            when 'vendor_source' then vendor_{{ level }}
            when 'static' then static_{{ level }}
            else lease_{{ level }}
        end as {{ level }},
        {%- endfor %}
        case match_method
            when 'vendor_session' then vendor_session_id
            when 'dynamic' then lease_session_id
        end as session_id,
        case
            when match_method in ('dynamic', 'dynamic_ambiguous') then lease_candidates
            else 1
        end as match_candidates
    from methods
    where match_method is not null
)

select * from final
