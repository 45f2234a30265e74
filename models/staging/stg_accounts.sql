-- grain: one row per account_id, the latest delivered
{{ staged('accounts') }}
