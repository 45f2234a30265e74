-- grain: one row per user_id, the latest delivered
{{ staged('users') }}
