-- grain: one row per ticket_id, the latest delivered
{{ staged('tickets') }}
