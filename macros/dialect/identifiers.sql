{# The numbers in a written phone, a list: digits, with + where they begin with + or 00. A cell may hold
   several, by a comma, a semicolon, a line or a slash (which also stands inside of numbers: it parts
   two only after a whole one), each with words around it or an extension after it. #}
{% macro phone_parts(text) -%}
    {%- set steps = [
        ('(^|[;,/|])[^0-9;,/|]*[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+', '\\1;'),
        ('[(] *0 *[)]', ''),
        ('([0-9]{7})[.]0([^0-9]|$)', '\\1\\2'),
        ('[\\p{L}\\p{Cc};,#|&]+', ';'),
        ('[^0-9+;/]+', ''),
        ('[+]', ';+'),
        ('(^|;)00', '\\1+'),
        ('/', '//'),
        ('(^|[;/])([+][0-9]{9,}|[0-9]{7,})/', '\\1\\2;'),
        ('/', ''),
        (';00', ';+'),
    ] -%}
    {%- set ns = namespace(text=text) -%}
    {%- for pattern, replacement in steps -%}
        {%- set ns.text = replace_pattern(ns.text, pattern, replacement) -%}
    {%- endfor -%}
    {{ split_at_semicolons(ns.text) }}
{%- endmacro %}

{# The e-mail addresses in a written e-mail as they are compared, in lower case, a list. #}
{% macro email_addresses(text) -%}
    {{ matches_of(lower_case(text), email_pattern()) }}
{%- endmacro %}

{# The first e-mail address in a written e-mail as it is compared; NULL where there is none. #}
{% macro normalised_email(text) -%}
    nullif({{ first_match(lower_case(text), email_pattern()) }}, '')
{%- endmacro %}

{# Names, brackets, mailto: and blanks around an address are no part of it. #}
{% macro email_pattern() -%}
    [\p{L}\p{N}_!#$%&*+~-][^\p{Z}\p{C}<>()\[\],;:"|\\/@]*@[\p{L}\p{N}]([\p{L}\p{N}.-]*[\p{L}\p{N}])?
{%- endmacro %}

{# The ids in a cell, by a semicolon, a bar, a line or a comma with a blank after it, a list. #}
{% macro ids_of(text) -%}
    {{ split_at_semicolons(ids_by_semicolons(text)) }}
{%- endmacro %}

{# The first of the ids in a cell. #}
{% macro first_id_of(text) -%}
    nullif({{ first_match(ids_by_semicolons(text), '[^;]+') }}, '')
{%- endmacro %}

{% macro ids_by_semicolons(text) -%}
    {{ replace_pattern('trim(' ~ text ~ ')', ' *([;|\\p{Cc}]|, ) *', ';') }}
{%- endmacro %}
