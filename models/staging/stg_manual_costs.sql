-- grain: one row per cost_id, the latest delivered
{{ staged('manual_costs') }}
