-- grain: one landed row of the latest delivery of each account and day
{{ staged('ad_spend') }}
