{# Text as landed to an instant: with an offset as written, without one in the source time zone.
   A local time that occurs twice is its earlier instant, one that never occurs moves forward. #}
{% macro to_instant(column) %}{{ return(adapter.dispatch('to_instant', 'leadhouse')(column)) }}{% endmacro %}

{% macro default__to_instant(column) -%}
    case
        when {{ column }} is null then null
        when regexp_matches({{ column }}, ':.*[Z+-]')
            then cast(trim({{ column }}) as timestamptz)
        when {{ session_value('source_timezone') }} = 'UTC'
            then cast(cast(trim({{ column }}) as timestamp) as timestamptz)
        else {{ earlier_instant('cast(trim(' ~ column ~ ') as timestamp)', session_value('source_timezone')) }}
    end
{%- endmacro %}

{% macro spark__to_instant(column) -%}
    case
        when substring(trim({{ column }}), 11) rlike '(Z|[+-][0-9][0-9](:?[0-9][0-9])?)$'
            then cast(trim({{ column }}) as timestamp)
        else to_utc_timestamp(
            cast(trim({{ column }}) as timestamp_ntz), {{ session_value('source_timezone') }}
        )
    end
{%- endmacro %}

{# DuckDB reads an ambiguous local time as the later instant, Spark and Python as the earlier. #}
{% macro earlier_instant(local_time, zone) -%}
    case
        when ({{ local_time }} at time zone {{ zone }} - interval 1 hour) at time zone {{ zone }}
            = {{ local_time }}
            then {{ local_time }} at time zone {{ zone }} - interval 1 hour
        else {{ local_time }} at time zone {{ zone }}
    end
{%- endmacro %}

{# The instant at which a local calendar day begins, in the reporting time zone. #}
{% macro day_start(day) %}{{ return(adapter.dispatch('day_start', 'leadhouse')(day)) }}{% endmacro %}

{% macro default__day_start(day) -%}
    cast({{ day }} as timestamp) at time zone {{ session_value('timezone') }}
{%- endmacro %}

{% macro spark__day_start(day) -%}
    to_utc_timestamp(cast({{ day }} as timestamp_ntz), {{ session_value('timezone') }})
{%- endmacro %}

{# Where a moment stands in an order: at its instant, or where only the day is known at the last instant of
   that day in the source time zone, so that it stands behind what the day brought. Orders go by it, and
   evidence counts from it; what is shown and measured is the instant. #}
{% macro ordered_at(instant, is_day) -%}
    {{ return(adapter.dispatch('ordered_at', 'leadhouse')(instant, is_day)) }}
{%- endmacro %}

{% macro default__ordered_at(instant, is_day) -%}
    case
        when {{ is_day }}
            then
                (({{ instant }} at time zone {{ session_value('source_timezone') }}) + interval 1 day)
                at time zone {{ session_value('source_timezone') }} - interval 1 microsecond
        else {{ instant }}
    end
{%- endmacro %}

{% macro spark__ordered_at(instant, is_day) -%}
    case
        when {{ is_day }}
            then
                to_utc_timestamp(
                    from_utc_timestamp({{ instant }}, {{ session_value('source_timezone') }})
                    + interval 1 day,
                    {{ session_value('source_timezone') }}
                ) - interval 1 microsecond
        else {{ instant }}
    end
{%- endmacro %}

{# The local calendar day of an instant, in the reporting time zone. #}
{% macro local_date(instant) %}{{ return(adapter.dispatch('local_date', 'leadhouse')(instant)) }}{% endmacro %}

{% macro default__local_date(instant) -%}
    cast({{ instant }} at time zone {{ session_value('timezone') }} as date)
{%- endmacro %}

{% macro spark__local_date(instant) -%}
    cast(from_utc_timestamp({{ instant }}, {{ session_value('timezone') }}) as date)
{%- endmacro %}

{# Whole microseconds from one instant to another. #}
{% macro elapsed_micros(earlier, later) -%}
    {{ return(adapter.dispatch('elapsed_micros', 'leadhouse')(earlier, later)) }}
{%- endmacro %}

{% macro default__elapsed_micros(earlier, later) -%}
    (epoch_us({{ later }}) - epoch_us({{ earlier }}))
{%- endmacro %}

{% macro spark__elapsed_micros(earlier, later) -%}
    (unix_micros({{ later }}) - unix_micros({{ earlier }}))
{%- endmacro %}

{# The type of an instant, for contracts and typed NULLs. #}
{% macro instant_type() %}{{ return(adapter.dispatch('instant_type', 'leadhouse')()) }}{% endmacro %}

{% macro default__instant_type() %}timestamptz{% endmacro %}

{% macro spark__instant_type() %}timestamp{% endmacro %}

{# 1970-01-01 00:00 UTC, an instant. #}
{% macro epoch() %}{{ return(adapter.dispatch('epoch', 'leadhouse')()) }}{% endmacro %}

{% macro default__epoch() %}timestamptz '1970-01-01 00:00:00+00'{% endmacro %}

{% macro spark__epoch() %}timestamp '1970-01-01 00:00:00+00'{% endmacro %}

{# An instant plus a whole number of minutes, an instant. #}
{% macro add_minutes(instant, minutes) -%}
    {{ return(adapter.dispatch('add_minutes', 'leadhouse')(instant, minutes)) }}
{%- endmacro %}

{% macro default__add_minutes(instant, minutes) %}({{ instant }} + to_minutes({{ minutes }})){% endmacro %}

{% macro spark__add_minutes(instant, minutes) -%}
    ({{ instant }} + make_interval(0, 0, 0, 0, 0, {{ minutes }}, 0))
{%- endmacro %}

{# The hour of the day of an instant, 0 to 23, in the reporting time zone. #}
{% macro local_hour(instant) %}{{ return(adapter.dispatch('local_hour', 'leadhouse')(instant)) }}{% endmacro %}

{% macro default__local_hour(instant) -%}
    hour(cast({{ instant }} at time zone {{ session_value('timezone') }} as timestamp))
{%- endmacro %}

{% macro spark__local_hour(instant) -%}
    cast(hour(from_utc_timestamp({{ instant }}, {{ session_value('timezone') }})) as bigint)
{%- endmacro %}
