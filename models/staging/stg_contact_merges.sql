-- grain: one row per merged_contact_id, the latest delivered
{{ staged('contact_merges') }}
