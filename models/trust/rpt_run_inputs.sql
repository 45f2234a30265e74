-- grain: one row per file and setting that decides what the numbers are
-- The run fills it.
select
    cast(null as string) as kind,
    cast(null as string) as name,
    cast(null as string) as fingerprint
where 1 = 0
