-- grain: one row per month, level, level_id, metric, the latest delivered
{{ staged('targets') }}
