-- grain: one row per date, currency, the latest delivered
{{ staged('fx_rates') }}
