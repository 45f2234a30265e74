-- grain: one row per response_id, the latest delivered
{{ staged('surveys') }}
