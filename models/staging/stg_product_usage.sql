-- grain: one row per contact_id, date and metric, the latest delivered
{{ staged('product_usage') }}
