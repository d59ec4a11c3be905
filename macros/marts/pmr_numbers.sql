{#- Numbers of the industry report: exact as part / whole until they are published, then rounded once, half away from zero. -#}

{#- A number given as part / whole, with 2 decimals; null where the whole is 0 or null. For hours and minutes that are not
    negative. -#}
{% macro hundredths(part, whole) -%}
    {%- set wide = 'cast(' ~ whole ~ ' as ' ~ wide_integer() ~ ')' -%}
    cast(
        cast({{ whole_quotient(
            'cast(200 as ' ~ wide_integer() ~ ') * (' ~ part ~ ') + ' ~ wide,
            'nullif(2 * ' ~ wide ~ ', 0)'
        ) }} as decimal(20, 0))
        * cast(0.01 as decimal(3, 2))
        as decimal(18, 2)
    )
{%- endmacro %}


{#- Whole microseconds in minutes, and in hours, with 2 decimals. -#}
{% macro minutes(microseconds) -%}
    {{ hundredths(microseconds, us_per_minute()) }}
{%- endmacro %}

{% macro hours(microseconds) -%}
    {{ hundredths(microseconds, us_per_hour()) }}
{%- endmacro %}

{% macro us_per_minute() -%}
    60000000
{%- endmacro %}

{% macro us_per_hour() -%}
    3600000000
{%- endmacro %}


{#- Whole microseconds in minutes with 10 decimals, as measures.csv gets them from its sections (pmr_measure_columns). -#}
{% macro precise_minutes(microseconds) -%}
    {%- set wide = 'cast(' ~ microseconds ~ ' as ' ~ wide_integer() ~ ')' -%}
    cast(
        cast({{ whole_quotient('2 * ' ~ 10 ** 10 ~ ' * ' ~ wide ~ ' + ' ~ 60000000, 2 * 60000000) }} as decimal(27, 0))
        * cast(0.0000000001 as decimal(11, 10))
        as decimal(38, 10)
    )
{%- endmacro %}


{#- The fewest decimals, at least the usual ones, with which a number does not read as a limit that it is not: 0.99999999
    is not to read as 1.000000. The usual ones where it is the limit, or there is none. At most 18.

    part, whole   whole numbers that are not negative, as SQL; whole above 0
    decimals   how many are usual, or a column with it
    limit_part, limit_whole   the limit, likewise -#}
{% macro decimals_apart(part, whole, decimals, limit_part='1', limit_whole='1') -%}
    {%- set wide = wide_integer() -%}
    {%- set one = 'cast(' ~ part ~ ' as ' ~ wide ~ ') * (' ~ limit_whole ~ ')' -%}
    {%- set other = 'cast(' ~ limit_part ~ ' as ' ~ wide ~ ') * (' ~ whole ~ ')' -%}
    {#- Half a last place below the limit is rounded up to it, half a last place above it is rounded away. -#}
    case
        when coalesce({{ one }} = {{ other }}, true) then {{ decimals }}
        {%- for places in range(decimals if decimals is integer else 0, 18) %}
        when
            {{ places ~ ' >= ' ~ decimals ~ ' and ' if decimals is not integer }}{{ 2 * 10 ** places }} * abs({{ one }} - {{ other }}) + case when {{ one }} > {{ other }} then 1 else 0 end
            > cast({{ whole }} as {{ wide }}) * ({{ limit_whole }})
            then {{ places }}
        {%- endfor %}
        else 18
    end
{%- endmacro %}


{#- A number given as part / whole as a text, like `number_text`, with as many decimals as a column says; null where the whole
    is 0 or null.

    part, whole   whole numbers, as SQL; whole above 0
    decimals   column with a number from 0 to 18, as `decimals_apart` gives it -#}
{% macro number_text_with(part, whole, decimals) -%}
    {%- set wide = wide_integer() -%}
    {%- set scale -%}
        cast(
            case {{ decimals }}
                {%- for places in range(19) %}
                when {{ places }} then {{ 10 ** places }}
                {%- endfor %}
            end as {{ wide }}
        )
    {%- endset -%}
    {%- set doubled = '2 * ' ~ scale ~ ' * abs(' ~ part ~ ')' -%}
    {%- set rounded = whole_quotient(
        doubled ~ ' + (' ~ whole ~ ')',
        'nullif(2 * cast(' ~ whole ~ ' as ' ~ wide ~ '), 0)'
    ) -%}
    {#- As in `number_text`. #}
    case when {{ part }} < 0 and {{ doubled }} >= ({{ whole }}) then '-' else '' end
    || cast({{ whole_quotient(rounded, scale) }} as string)
    || case
        when {{ decimals }} > 0
            then '.' || lpad(cast({{ rounded }} % {{ scale }} as string), cast({{ decimals }} as integer), '0')
        else ''
    end
{%- endmacro %}
