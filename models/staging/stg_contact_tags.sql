-- grain: one row per event (contact_id, tag, occurred_at, action)
{{ staged('contact_tags', days=['occurred_at']) }}
