{# Elapsed hours between two instants, a double: time / 3600 s. #}
{% macro elapsed_hours(earlier, later) -%}
    (cast({{ elapsed_micros(earlier, later) }} as double) / 1000000 / 3600)
{%- endmacro %}

{# Elapsed days between two instants, a double: time / 86400 s. #}
{% macro elapsed_days(earlier, later) -%}
    (cast({{ elapsed_micros(earlier, later) }} as double) / 1000000 / 86400)
{%- endmacro %}

{# The sum of elapsed hours, added up in whole microseconds: a sum of doubles depends on its order. #}
{% macro sum_elapsed_hours(earlier, later) -%}
    (cast(sum({{ elapsed_micros(earlier, later) }}) as double) / 1000000 / 3600)
{%- endmacro %}

{# Does a span from valid_from to before valid_to hold at an instant? NULL is no bound. #}
{% macro holds_at(spans, instant) -%}
    (
        ({{ spans }}.valid_from is null or {{ spans }}.valid_from <= {{ instant }})
        and ({{ spans }}.valid_to is null or {{ spans }}.valid_to > {{ instant }})
    )
{%- endmacro %}

{# The whole hour of an instant, counted from 1970: buckets for a bounded range join. #}
{% macro hour_bucket(instant) -%}
    cast(floor({{ elapsed_micros(epoch(), instant) }} / 3600000000.0) as bigint)
{%- endmacro %}

{# Elapsed minutes between two instants, a double: time / 60 s. #}
{% macro elapsed_minutes(earlier, later) -%}
    (cast({{ elapsed_micros(earlier, later) }} as double) / 1000000 / 60)
{%- endmacro %}

{# Did it happen before an event? What the day of an event brought came before it, where only its day is
   known: its instant in order is then the day's end. #}
{% macro came_before(happened_at, event_at, event_ordered_at) -%}
    (
        {{ happened_at }} < {{ event_at }}
        or ({{ event_at }} < {{ event_ordered_at }} and {{ happened_at }} <= {{ event_ordered_at }})
    )
{%- endmacro %}
