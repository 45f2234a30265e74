{# The columns `keep` of a relation's rows, and as `name` what each row gets of its group's `total`:
   whole units (cents, millionths) in proportion to `weight`, which sum to the total exactly. What
   rounding down leaves over goes, a unit each, to the rows with the largest remainders, of equal ones
   to the first by `order_by`. Weights are whole numbers of 0 or more, at least one of a group above 0;
   every row of a group has the same total, a whole number; a NULL total gives NULL. #}
{% macro share_by_largest_remainder(relation, total, weight, group_by, order_by, name, keep) -%}
    {%- set group = group_by | join(', ') -%}
    select
        {{ keep | join(', ') }},
        case when {{ total }} < 0 then -1 else 1 end * (
            whole_units + case
                when remainder_no <= abs({{ total }}) - sum(whole_units) over (partition by {{ group }})
                    then 1
                else 0
            end
        ) as {{ name }}
    from (
        select
            *,
            {{ whole_quotient('weighted_total', 'total_weight') }} as whole_units,
            row_number() over (
                partition by {{ group }}
                order by weighted_total % total_weight desc nulls last, {{ order_by }}
            ) as remainder_no
        from (
            select
                *,
                cast(abs({{ total }}) as decimal(38, 0)) * {{ weight }} as weighted_total,
                cast(sum({{ weight }}) over (partition by {{ group }}) as decimal(38, 0))
                    as total_weight
            from {{ relation }}
        ) as weighed_rows
    ) as whole_rows
{%- endmacro %}
