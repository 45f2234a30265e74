{# An e-mail as it is compared: blanks around it removed, lower case. #}
{% macro normalised_email(column) %}nullif(lower(trim({{ column }})), ''){% endmacro %}

{# A phone as it is compared, E.164 where a numbering plan knows it (D-37).
   `region` is the joined row of the phone_regions seed. Blanks, dots, dashes, slashes and brackets
   go, and so do an extension and a trunk (0); a leading 00 is a +; a national number loses its trunk prefix and gains the region's code; one
   that begins with that code and is too long to be national is taken as international. A prefix
   other than 0 can also begin a national number, so it is dropped only from one that is too long.
   Nothing but zeros is a placeholder, nobody's number. #}
{% macro e164(column, region) -%}
    {%- set written = "replace(" ~ without_extension(column) ~ ", '(0)', '')" -%}
    {%- set digits = keep_characters(written, '0-9') -%}
    {%- set is_long = 'length(' ~ digits ~ ') > ' ~ region ~ '.longest_national' -%}
    case
        when replace({{ digits }}, '0', '') = '' then null
        when left({{ keep_characters(written, '0-9+') }}, 1) = '+' then '+' || {{ digits }}
        when left({{ digits }}, 2) = '00' then '+' || substring({{ digits }}, 3)
        when {{ is_long }}
            and left({{ digits }}, length({{ region }}.calling_code)) = {{ region }}.calling_code
            then '+' || {{ digits }}
        when ({{ region }}.trunk_prefix = '0' or {{ is_long }})
            and left({{ digits }}, length({{ region }}.trunk_prefix)) = {{ region }}.trunk_prefix
            then '+' || {{ region }}.calling_code
                || substring({{ digits }}, length({{ region }}.trunk_prefix) + 1)
        else '+' || {{ region }}.calling_code || {{ digits }}
    end
{%- endmacro %}
