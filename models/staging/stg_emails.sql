-- grain: one row per email_id, the latest delivered
{{ staged('emails') }}
