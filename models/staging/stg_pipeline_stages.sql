-- grain: one row per pipeline, stage, the latest delivered
{{ staged('pipeline_stages') }}
