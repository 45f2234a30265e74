-- grain: one row per event (contact_id, to_user_id, occurred_at, role)
{{ staged('contact_owners', days=['occurred_at']) }}
