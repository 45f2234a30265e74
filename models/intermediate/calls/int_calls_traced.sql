-- grain: one row per inbound call that its vendor, a lease or a static number explains; by the
-- first of these methods (D-21)
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
    select * from {{ ref('int_calls_leased') }}
),

static_numbers as (
    select * from {{ ref('int_tracking_numbers_normalised') }}
    where kind in ('static_online', 'static_offline')
),

-- A number that got a new source before its old one ended has the newer one.
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

-- Few calls name a session: only those are joined with all sessions.
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

explanations as (
    select
        call_id,
        1 as method_rank,
        'vendor_session' as match_method,
        1 as match_candidates,
        session_id,
        source,
        medium,
        campaign,
        keyword
    from vendor_sessions

    union all

    select
        call_id,
        2 as method_rank,
        'vendor_source' as match_method,
        1 as match_candidates,
        cast(null as string) as session_id,
        source,
        medium,
        campaign,
        keyword
    from calls
    where source is not null

    union all

    select
        call_id,
        3 as method_rank,
        case when match_candidates = 1 then 'dynamic' else 'dynamic_ambiguous' end as match_method,
        match_candidates,
        session_id,
        source,
        medium,
        campaign,
        keyword
    from leases

    union all

    select
        call_id,
        4 as method_rank,
        'static' as match_method,
        1 as match_candidates,
        cast(null as string) as session_id,
        source,
        medium,
        campaign,
        keyword
    from static_matches
),

final as (
    select
        call_id,
        match_method,
        match_candidates,
        session_id,
        source,
        medium,
        campaign,
        keyword
    from explanations
    qualify row_number() over (partition by call_id order by method_rank) = 1
)

select * from final
