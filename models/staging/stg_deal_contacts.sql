-- grain: one row per deal_id, contact_id, the latest delivered
{{ staged('deal_contacts') }}
