-- grain: one row per session_id, the latest delivered
{{ staged('sessions', days=['started_at']) }}
