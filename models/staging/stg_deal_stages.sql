-- grain: one row per event (deal_id, stage, occurred_at)
{{ staged('deal_stages', days=['occurred_at']) }}
