{# What one of several factors of a product did to its change: the Shapley value, the mean over all
   orders in which the factors could have changed one by one. `<factor>_before` and `<factor>_now` are
   doubles.

   The mean over the orders is the integral of the product of the other factors along the straight way
   from before to now (Owen's multilinear extension). That is a polynomial, whose integral a few points
   of Gauss and Legendre give exactly: three of them up to six factors. #}
{% macro shapley(factor, factors) -%}
    {%- set points = [
        ('0.1127016653792583', '5'), ('0.5', '8'), ('0.8872983346207417', '5')
    ] -%}
    ({{ factor }}_now - {{ factor }}_before) / 18 * (
        {%- for share, weight in points %}
        {{ '+ ' if not loop.first }}{{ weight }}
        {%- for other in factors if other != factor %}
        * ({{ other }}_before + ({{ other }}_now - {{ other }}_before) * cast({{ share }} as double))
        {%- endfor %}
        {%- endfor %}
    )
{%- endmacro %}
