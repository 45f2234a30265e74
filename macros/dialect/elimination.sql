{# The CTE `equations` (conversion_type, origin, target, factor), a square of whole numbers from 0 for each
   type, solved by elimination of 1, 2, and so on: rows of the same columns. Nothing is added up, so that
   the order of rows cannot change a digit. #}
{% macro solved_equations(equations) -%}
    {{ return(adapter.dispatch('solved_equations', 'leadhouse')(equations)) }}
{%- endmacro %}

{% macro default__solved_equations(equations) -%}
    with recursive solved as (
        select
            0 as step_no,
            conversion_type,
            origin,
            target,
            factor
        from {{ equations }}

        union all

        select
            pivoted.step_no,
            pivoted.conversion_type,
            pivoted.origin,
            pivoted.target,
            case
                when pivoted.origin = pivoted.step_no and pivoted.target = pivoted.step_no
                    then {{ ratio('1', 'pivoted.pivot_factor') }}
                when pivoted.origin = pivoted.step_no
                    then {{ ratio('pivoted.factor', 'pivoted.pivot_factor') }}
                when pivoted.target = pivoted.step_no
                    then {{ ratio('-pivoted.factor', 'pivoted.pivot_factor') }}
                else
                    pivoted.factor
                    - pivoted.of_column * {{ ratio('pivoted.of_row', 'pivoted.pivot_factor') }}
            end as factor
        from (
            select
                step_no + 1 as step_no,
                conversion_type,
                origin,
                target,
                factor,
                max(case when origin = step_no + 1 and target = step_no + 1 then factor end)
                    over (partition by conversion_type) as pivot_factor,
                max(case when origin = step_no + 1 then factor end)
                    over (partition by conversion_type, target) as of_row,
                max(case when target = step_no + 1 then factor end)
                    over (partition by conversion_type, origin) as of_column
            from solved
        ) as pivoted
        where pivoted.pivot_factor is not null
    )

    select
        conversion_type,
        origin,
        target,
        factor
    from solved
    qualify step_no = max(step_no) over (partition by conversion_type)
{%- endmacro %}

{# A recursion of Spark has no windows: the square, small because channels are few, is one list. #}
{% macro spark__solved_equations(equations) -%}
    {%- set row = 'cast(place div width as int)' -%}
    {%- set column = 'cast(place % width as int)' -%}
    {%- set pivot = 'state.factors[step * width + step]' -%}
    {%- set of_row = 'state.factors[step * width + ' ~ column ~ ']' -%}
    {%- set of_column = 'state.factors[' ~ row ~ ' * width + step]' -%}
    select
        conversion_type,
        place div width as origin,
        cast(place % width as bigint) as target,
        factor
    from (
        select
            conversion_type,
            width,
            aggregate(
                slice(sequence(0, width - 1), 2, width),
                named_struct('is_over', false, 'factors', factors),
                (state, step) -> if(
                    state.is_over or {{ pivot }} is null,
                    named_struct('is_over', true, 'factors', state.factors),
                    named_struct('is_over', false, 'factors', transform(
                        state.factors,
                        (factor, place) -> case
                            when {{ row }} = step and {{ column }} = step
                                then {{ ratio('1', pivot) }}
                            when {{ row }} = step then {{ ratio('factor', pivot) }}
                            when {{ column }} = step then {{ ratio('-factor', pivot) }}
                            else factor - {{ of_column }} * {{ ratio(of_row, pivot) }}
                        end
                    ))
                )
            ).factors as factors
        from (
            select
                conversion_type,
                cast(max(origin) + 1 as int) as width,
                transform(
                    array_sort(collect_list(struct(origin, target, factor))), each -> each.factor
                ) as factors
            from {{ equations }}
            group by conversion_type
        ) as listed
    ) as solved
    lateral view posexplode(factors) each as place, factor
{%- endmacro %}
