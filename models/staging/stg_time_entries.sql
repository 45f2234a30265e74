-- grain: one row per entry_id, the latest delivered
{{ staged('time_entries') }}
