-- grain: one row per contact_id, date, metric, the latest delivered
{{ staged('product_usage') }}
