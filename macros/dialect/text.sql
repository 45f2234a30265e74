{# The text without the characters that the bracket expression does not list. #}
{% macro keep_characters(text, characters) -%}
    {{ return(adapter.dispatch('keep_characters', 'leadhouse')(text, characters)) }}
{%- endmacro %}

{% macro default__keep_characters(text, characters) -%}
    regexp_replace({{ text }}, '[^{{ characters }}]', '', 'g')
{%- endmacro %}

{% macro spark__keep_characters(text, characters) -%}
    regexp_replace({{ text }}, '[^{{ characters }}]', '')
{%- endmacro %}

{# A written phone number up to its extension: to the first letter, ; , or # after its first digit. #}
{% macro without_extension(text) -%}
    {{ return(adapter.dispatch('without_extension', 'leadhouse')(text)) }}
{%- endmacro %}

{% macro default__without_extension(text) -%}
    regexp_extract({{ text }}, '^[^0-9+]*[^\p{L};,#]*')
{%- endmacro %}

{% macro spark__without_extension(text) -%}
    regexp_extract({{ text }}, '^[^0-9+]*[^\\p{L};,#]*', 0)
{%- endmacro %}

{# Values joined by a comma in the order given: list_of('deal_id', 'deal_id'). #}
{% macro list_of(text, order_by) %}{{ return(adapter.dispatch('list_of', 'leadhouse')(text, order_by)) }}{% endmacro %}

{% macro default__list_of(text, order_by) -%}
    string_agg({{ text }}, ',' order by {{ order_by }})
{%- endmacro %}

{% macro spark__list_of(text, order_by) -%}
    listagg({{ text }}, ',') within group (order by {{ order_by }})
{%- endmacro %}

{# A keyed hash of a personal value: a plain hash of a phone number can be enumerated. #}
{% macro keyed_hash(text) %}{{ return(adapter.dispatch('keyed_hash', 'leadhouse')(text)) }}{% endmacro %}

{% macro default__keyed_hash(text) -%}
    sha256({{ session_value('pii_key') }} || ':' || {{ text }})
{%- endmacro %}

{% macro spark__keyed_hash(text) -%}
    sha2({{ session_value('pii_key') }} || ':' || {{ text }}, 256)
{%- endmacro %}

{# The host of an address, lower case, without www.; NULL where the text names none. #}
{% macro url_host(address) %}{{ return(adapter.dispatch('url_host', 'leadhouse')(address)) }}{% endmacro %}

{% macro default__url_host(address) -%}
    nullif(
        regexp_extract(
            lower(trim({{ address }})),
            '^(?:(?:[a-z][a-z0-9+.-]*:)?//)?(?:www[.])?([^/?#:@ ]+[.][^/?#:@ ]+)',
            1
        ),
        ''
    )
{%- endmacro %}

{% macro spark__url_host(address) %}{{ leadhouse.default__url_host(address) }}{% endmacro %}

{# The ten smallest values of a group joined by commas; NULL without any. #}
{% macro smallest_keys(key) %}{{ return(adapter.dispatch('smallest_keys', 'leadhouse')(key)) }}{% endmacro %}

{% macro default__smallest_keys(key) %}array_to_string(min({{ key }}, 10), ','){% endmacro %}

{% macro spark__smallest_keys(key) -%}
    nullif(array_join(slice(sort_array(collect_list({{ key }})), 1, 10), ','), '')
{%- endmacro %}
