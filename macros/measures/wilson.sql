{# The Wilson bound (`low` or `high`) of a share at 95 %, NULL where there is nothing to count (D-34). #}
{% macro wilson(bound, successes, trials) -%}
    {%- set z = 1.959963984540054 -%}
    {%- set half = 1.9207294103470992 -%}
    {%- set quarter = 0.9603647051735496 -%}
    {%- set square = 3.8414588206941983 -%}
    case
        when {{ trials }} > 0
            then {{ ratio(
                successes ~ ' + ' ~ half ~ (' - ' if bound == 'low' else ' + ') ~ z ~ ' * sqrt('
                ~ ratio(successes ~ ' * (' ~ trials ~ ' - ' ~ successes ~ ')', trials)
                ~ ' + ' ~ quarter ~ ')',
                trials ~ ' + ' ~ square
            ) }}
    end
{%- endmacro %}
