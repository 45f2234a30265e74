-- grain: one row per user and span of time in which its card said the same
with versions as (
    select * from {{ ref('stg_user_versions') }}
),

-- Of versions of one instant the one that was delivered last counts.
moments as (
    select * from versions
    qualify
        row_number() over (
            partition by user_id, version_at
            order by {{ latest_first() }}
        ) = 1
),

compared as (
    select
        *,
        row_number() over history = 1
        or name is distinct from lag(name) over history
        or role is distinct from lag(role) over history
        or team is distinct from lag(team) over history
        or is_active is distinct from lag(is_active) over history as is_changed
    from moments
    window history as (
        partition by user_id
        order by version_at nulls first
    )
),

final as (
    select
        user_id,
        version_at as valid_from,
        lead(version_at) over (
            partition by user_id
            order by version_at nulls first
        ) as valid_to,
        name,
        role,
        team,
        is_active
    from compared
    where is_changed
)

select * from final
