-- grain: one row per payment_id, the latest delivered
{{ staged('payments', days=['paid_at']) }}
