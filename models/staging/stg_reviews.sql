-- grain: one row per review_id, the latest delivered
{{ staged('reviews') }}
