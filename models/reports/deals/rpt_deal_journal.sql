-- grain: one row per deal (DJ-3 to DJ-26)
with {{ deal_journal() }}

select
    {{ deal_journal_columns() | join(',\n    ') }}
from journal
