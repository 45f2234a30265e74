-- grain: one row per deal_id, product, the latest delivered
{{ staged('deal_items') }}
