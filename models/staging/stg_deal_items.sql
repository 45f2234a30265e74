-- grain: one row per deal_id and product, the latest delivered
{{ staged('deal_items') }}
