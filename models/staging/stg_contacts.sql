-- grain: one row per contact_id, the latest delivered
{{ staged('contacts', days=['created_at']) }}
