-- grain: one row per phone, session_id, leased_at, the latest delivered
{{ staged('number_leases') }}
