-- grain: one row per payment_id, the latest delivered
{{ staged('payments') }}
