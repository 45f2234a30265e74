-- Detects: a rule of temperature_rules for sessions or score whose value is not a number (D-33).
-- Usually means: a tag in a row of another measure.
-- A returned row is: one rule.
select
    'temperature_rules: the value of ' || measure || ' is ' || value || ', which is not a number'
    || '; correct its row in seeds/temperature_rules.csv.' as problem
from {{ ref('temperature_rules') }}
where measure <> 'tag' and try_cast(value as decimal(18, 6)) is null
{{ config(tags=['configuration'], meta={'dagster': {'ref': {'name': 'temperature_rules'}}}) }}
