-- grain: one row per call_id, the latest delivered
{{ staged('calls') }}
