-- grain: one row per table, key and column whose published value has changed
-- The run fills it: only it has the build that is published.
select
    cast(null as string) as table_name,
    cast(null as string) as key,
    cast(null as string) as {{ adapter.quote('column') }},
    cast(null as string) as old_value,
    cast(null as string) as new_value,
    cast(null as decimal(38, 6)) as difference,
    cast(null as string) as cause,
    cast(null as string) as evidence
where 1 = 0
