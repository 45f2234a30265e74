-- Is a value of a report's grain the one that is asked for? NULL asks for any, (none) also for a value
-- that there is not.
create macro reports.is_asked(found, asked) as
    asked is null
    or coalesce(cast(found as varchar), '(none)') = cast(asked as varchar)
