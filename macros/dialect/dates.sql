{# A date plus a number of days, a date. #}
{% macro add_days(day, days) %}{{ return(adapter.dispatch('add_days', 'leadhouse')(day, days)) }}{% endmacro %}

{% macro default__add_days(day, days) %}({{ day }} + cast({{ days }} as int)){% endmacro %}

{% macro spark__add_days(day, days) %}date_add({{ day }}, cast({{ days }} as int)){% endmacro %}

{# The first day of the date's week (Monday), month, quarter or year, a date. #}
{% macro period_start(period, day) %}cast(date_trunc('{{ period }}', {{ day }}) as date){% endmacro %}

{# Rows of a relation with one row per day from first_day to last_day (both inclusive) as date_day. #}
{% macro each_day(relation, first_day, last_day, keep) -%}
    {{ return(adapter.dispatch('each_day', 'leadhouse')(relation, first_day, last_day, keep)) }}
{%- endmacro %}

{% macro default__each_day(relation, first_day, last_day, keep) -%}
    select
        {{ keep | join(', ') }},
        cast(unnest(generate_series({{ first_day }}, {{ last_day }}, interval 1 day)) as date)
            as date_day
    from {{ relation }}
{%- endmacro %}

{% macro spark__each_day(relation, first_day, last_day, keep) -%}
    select
        {{ keep | join(', ') }},
        explode(
            case when {{ first_day }} <= {{ last_day }}
                then sequence({{ first_day }}, {{ last_day }}, interval 1 day)
            end
        ) as date_day
    from {{ relation }}
{%- endmacro %}

{# Full years from one date to another, as ages are counted. #}
{% macro full_years_between(earlier, later) -%}
    {{ return(adapter.dispatch('full_years_between', 'leadhouse')(earlier, later)) }}
{%- endmacro %}

{% macro default__full_years_between(earlier, later) -%}
    datesub('year', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro spark__full_years_between(earlier, later) -%}
    cast(floor(months_between({{ later }}, {{ earlier }}) / 12) as bigint)
{%- endmacro %}

{# Whole days from one date to another, a whole number. #}
{% macro calendar_days(earlier, later) -%}
    {{ return(adapter.dispatch('calendar_days', 'leadhouse')(earlier, later)) }}
{%- endmacro %}

{% macro default__calendar_days(earlier, later) %}({{ later }} - {{ earlier }}){% endmacro %}

{% macro spark__calendar_days(earlier, later) -%}
    cast(datediff({{ later }}, {{ earlier }}) as bigint)
{%- endmacro %}

{# Whole months from the month of one date to that of another, a whole number. #}
{% macro calendar_months(earlier, later) -%}
    cast(
        12 * (year({{ later }}) - year({{ earlier }})) + month({{ later }}) - month({{ earlier }})
        as bigint
    )
{%- endmacro %}

{# A date plus a number of months, a date. #}
{% macro add_months(day, months) %}{{ return(adapter.dispatch('add_months', 'leadhouse')(day, months)) }}{% endmacro %}

{% macro default__add_months(day, months) -%}
    cast({{ day }} + to_months(cast({{ months }} as int)) as date)
{%- endmacro %}

{% macro spark__add_months(day, months) %}add_months({{ day }}, cast({{ months }} as int)){% endmacro %}
