{#- Figures are exact and rounded once: integers and decimals only, half away from zero. -#}

{#- Whole milliseconds as seconds with 3 decimals. -#}
{% macro seconds(milliseconds) -%}
    cast({{ milliseconds }} * cast(0.001 as decimal(4, 3)) as decimal(18, 3))
{%- endmacro %}


{#- A sum of whole milliseconds as seconds with 3 decimals. -#}
{% macro sum_seconds(milliseconds) -%}
    cast(cast({{ milliseconds }} as decimal(30, 0)) * cast(0.001 as decimal(4, 3)) as decimal(30, 3))
{%- endmacro %}


{#- The mean of whole numbers that are not negative, rounded to a whole number half away from zero:
    sum / count + 1/2, cut. Null where nothing was counted. -#}
{% macro mean_whole(sum, count) -%}
    cast({{ whole_quotient('2 * ' ~ sum ~ ' + ' ~ count, 'nullif(2 * ' ~ count ~ ', 0)') }} as bigint)
{%- endmacro %}


{#- A share of whole numbers, rounded to some decimals half away from zero; null where the whole is 0.
    Integers all the way: (2 x 10^decimals x part + whole) / (2 x whole), cut. -#}
{% macro share(part, whole, decimals) -%}
    cast(
        {{ whole_quotient((2 * 10 ** decimals) ~ ' * ' ~ part ~ ' + ' ~ whole, 'nullif(2 * ' ~ whole ~ ', 0)') }}
        * cast({{ '%.*f' | format(decimals, 10 ** -decimals) }} as decimal({{ decimals + 1 }}, {{ decimals }}))
        as decimal({{ decimals + 3 }}, {{ decimals }})
    )
{%- endmacro %}


{#- A number of milliseconds, given as part / whole, in seconds rounded to 1 decimal half away from zero. -#}
{% macro tenths_of_seconds(part, whole) -%}
    cast(
        cast({{ whole_quotient('2 * ' ~ part ~ ' + 100 * ' ~ whole, 'nullif(200 * ' ~ whole ~ ', 0)') }} as bigint)
        * cast(0.1 as decimal(2, 1))
        as decimal(18, 1)
    )
{%- endmacro %}


{#- A number of milliseconds, given as part / whole, in whole seconds, with 1 decimal that is 0. -#}
{% macro whole_seconds(part, whole) -%}
    cast(
        cast({{ whole_quotient('2 * ' ~ part ~ ' + 1000 * ' ~ whole, 'nullif(2000 * ' ~ whole ~ ', 0)') }} as bigint)
        as decimal(18, 1)
    )
{%- endmacro %}


{#- A share of whole numbers rounded half away from zero to a multiple of some thousandths, in integers all the way:
    (2000 x part + thousandths x whole) / (2 x thousandths x whole), cut, times the thousandths. Never above 1. A
    decimal(6, 3); null where the whole is 0.

    thousandths   a whole number above 0, or a column with it -#}
{% macro share_in_thousandths(part, whole, thousandths) -%}
    cast(
        least(
            1000,
            {{ thousandths }} * ({{ whole_quotient(
                '2000 * ' ~ part ~ ' + ' ~ thousandths ~ ' * ' ~ whole,
                'nullif(2 * ' ~ thousandths ~ ' * ' ~ whole ~ ', 0)'
            ) }})
        ) * cast(0.001 as decimal(4, 3))
        as decimal(6, 3)
    )
{%- endmacro %}


{#- A share as `share_in_thousandths` gives it.

    step   a multiple of 0.001, above 0 -#}
{% macro share_in_steps(part, whole, step) -%}
    {{ share_in_thousandths(part, whole, thousandths_of(step)) }}
{%- endmacro %}


{#- How many thousandths a step has, for a step that is a multiple of 0.001 and above 0. -#}
{% macro thousandths_of(step) -%}
    {%- set thousandths = (step | float * 1000) | round | int -%}
    {%- if thousandths < 1 or (thousandths - step | float * 1000) | abs > 0.000001 -%}
        {%- do exceptions.raise_compiler_error("a step must be a multiple of 0.001, not " ~ step) -%}
    {%- endif -%}
    {{ thousandths }}
{%- endmacro %}
