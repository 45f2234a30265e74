-- Detects: tasks of a row that are not the sum of its open, done and cancelled ones (TS-31).
-- Usually means: a status that the landing contract lets in and rpt_tasks does not know.
-- A returned row is: one such row of the report.
select
    'rpt_tasks: the ' || cast(tasks as string) || ' tasks of ' || user_id || ' (' || team || ') of '
    || cast(date_day as string) || ' are ' || cast(open as string) || ' open, '
    || cast(done as string) || ' done and ' || cast(cancelled as string)
    || ' cancelled ones: count the status that is missing in'
    || ' models/reports/activities/rpt_tasks.sql.' as problem
from {{ ref('rpt_tasks') }}
where tasks <> open + done + cancelled
