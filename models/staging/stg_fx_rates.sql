-- grain: one row per date, currency, rate_source, the latest delivered
{{ staged('fx_rates') }}
