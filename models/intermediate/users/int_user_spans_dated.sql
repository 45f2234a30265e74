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

followed as (
    select
        *,
        row_number() over course as version_no,
        lag(name) over course as name_before,
        lag(role) over course as role_before,
        lag(team) over course as team_before,
        lag(is_active) over course as is_active_before
    from moments
    window course as (
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
    from followed
    where
        version_no = 1
        or name is distinct from name_before
        or role is distinct from role_before
        or team is distinct from team_before
        or is_active is distinct from is_active_before
)

select * from final
