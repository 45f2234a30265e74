-- grain: one row per event (contact_id, to_user_id, occurred_at)
{{ staged('contact_owners') }}
