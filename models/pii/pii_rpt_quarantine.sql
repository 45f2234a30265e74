-- grain: one row per landed row or whole file that could not be read; with what stood in it
{{ config(alias='rpt_quarantine') }}
select * from {{ ref('stg_quarantine') }}
