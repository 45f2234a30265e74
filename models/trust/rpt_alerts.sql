-- grain: one row per rule, what broke it and when it was first seen to (ST-48)
-- The run fills it: only it has the alerts of the build that is published.
select
    cast(null as string) as rule,
    cast(null as string) as subject,
    cast(null as double) as value,
    cast(null as double) as threshold,
    {{ as_of() }} as first_seen,
    {{ as_of() }} as last_seen,
    {{ as_of() }} as resolved_at,
    cast(null as string) as severity
where 1 = 0
