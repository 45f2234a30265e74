-- grain: one row per phone, valid_from, the latest delivered
{{ staged('tracking_numbers') }}
