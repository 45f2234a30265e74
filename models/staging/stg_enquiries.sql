-- grain: one row per enquiry_id, the latest delivered
{{ staged('enquiries', days=['occurred_at']) }}
