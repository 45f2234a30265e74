-- grain: one row per event (contact_id, pipeline, stage, occurred_at)
{{ staged('contact_stages', days=['occurred_at']) }}
