-- grain: one row per meeting_id, the latest delivered
{{ staged('meetings') }}
