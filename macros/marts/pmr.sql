{#- The industry Performance Measurement Report (docs/performance_measurement.md): what its sections have in common. -#}

{#- The end of the period that is reported: that of the month, or the as-of instant where it is earlier. -#}
{% macro period_end() -%}
    least({{ month_end() }}, {{ as_of() }})
{%- endmacro %}


{#- True when an instant lies in the period that is reported. -#}
{% macro in_period(instant) -%}
    {{ instant }} >= {{ month_start() }} and {{ instant }} < {{ period_end() }}
{%- endmacro %}


{#- The columns of a figure as each section hands it to measures.csv, in their order, with their types. -#}
{% macro pmr_measure_columns() -%}
    {%- do return({
        'measure_id': 'string',
        'business_process': 'string',
        'srv': 'string',
        'segment': 'string',
        'split': 'string',
        'split_value': 'string',
        'numerator': 'decimal(38, 10)',
        'denominator': 'decimal(38, 10)',
        'pending': 'bigint',
        'value_part': 'decimal(38, 0)',
        'value_whole': 'decimal(38, 0)',
        'is_withheld': 'boolean',
        'state_reason': 'string',
    }) -%}
{%- endmacro %}


{#- These columns of a select, each in its type. -#}
{% macro pmr_measure_casts() -%}
    {%- for column, data_type in pmr_measure_columns().items() -%}
        cast({{ column }} as {{ data_type }}) as {{ column }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- The columns of a pool as each section hands it to the disclosure of the report, in their order, with their types: the
    key of a cell, the corporate group and its rows, and the shares that the cell shows. -#}
{% macro pmr_pool_columns() -%}
    {%- set columns = {
        'family': 'string',
        'business_process': 'string',
        'item': 'string',
        'segment': 'string',
        'split': 'string',
        'split_value': 'string',
        'corporate_group': 'string',
        'row_count': 'bigint',
    } -%}
    {%- for number in range(1, 5) -%}
        {%- do columns.update({'share_%d_part' % number: 'bigint', 'share_%d_whole' % number: 'bigint'}) -%}
    {%- endfor -%}
    {%- do return(columns) -%}
{%- endmacro %}


{#- The key of a cell of the report. -#}
{% macro pmr_cell_key() -%}
    {%- do return(['family', 'business_process', 'item', 'segment', 'split', 'split_value']) -%}
{%- endmacro %}


{#- The state of a row of the report: whether its figures are there, and if not, why.

    whole   what it is of: its denominator, or the count itself -#}
{% macro pmr_state(is_withheld, whole, is_applicable='true') -%}
    case
        when not {{ is_applicable }} then 'Not applicable'
        when {{ is_withheld }} then 'Withheld'
        when coalesce({{ whole }}, 0) = 0 then 'No Events'
        else 'Reported'
    end
{%- endmacro %}


{#- A number given as part / whole as a text with some decimals, rounded once, half away from zero; null where the whole is
    0 or null. Whole numbers all the way, so any size that 38 digits hold is exact; `whole` is above 0.

    part, whole   whole numbers, as SQL
    decimals   how many the text has, 0 to 18 -#}
{% macro number_text(part, whole, decimals) -%}
    {%- set doubled -%}
        cast({{ 2 * 10 ** decimals }} as {{ wide_integer() }}) * abs(cast({{ part }} as {{ wide_integer() }}))
    {%- endset -%}
    {%- set rounded = whole_quotient(
        doubled ~ ' + ' ~ whole,
        'nullif(cast(2 as ' ~ wide_integer() ~ ') * cast(' ~ whole ~ ' as ' ~ wide_integer() ~ '), 0)'
    ) -%}
    {#- Rounded it is more than nothing; Sail takes a quotient of decimals for a fraction where it is compared. #}
    case when {{ part }} < 0 and {{ doubled }} >= {{ whole }} then '-' else '' end
    {%- if decimals %}
    || cast({{ whole_quotient(rounded, 10 ** decimals) }} as string)
    || '.' || lpad(cast(({{ rounded }}) % {{ 10 ** decimals }} as string), {{ decimals }}, '0')
    {%- else %}
    || cast({{ rounded }} as string)
    {%- endif %}
{%- endmacro %}


{#- True where a word is one of a list that a seed holds as a text, with semicolons between. Null without a list. -#}
{% macro is_listed(word, list) -%}
    ';' || {{ list }} || ';' like '%;' || {{ word }} || ';%'
{%- endmacro %}


{#- A select of the reporting month and the two before it, YYYY-MM. -#}
{% macro this_month_and_the_two_before() -%}
    {%- set year, month = var('reporting_month').split('-') | map('int') -%}
    {%- for offset in range(3) -%}
        {%- set months = 12 * year + month - 1 - offset -%}
        {{ ' union all ' if not loop.first }}select '{{ '%04d-%02d' % (months // 12, months % 12 + 1) }}' as month
    {%- endfor -%}
{%- endmacro %}


{#- A landed number, which has at most ten decimals, in whole parts of that size: exact. -#}
{% macro in_landed_parts(number) -%}
    cast(replace(cast(cast({{ number }} as decimal(38, 10)) as string), '.', '') as decimal(38, 0))
{%- endmacro %}


{#- How many such parts are one. -#}
{% macro landed_parts() -%}
    10000000000
{%- endmacro %}


{#- A landed number as a text, as it landed: without zeros at its end. -#}
{% macro landed_number_text(number) -%}
    trim(trailing '.' from trim(trailing '0' from cast(cast({{ number }} as decimal(38, 10)) as string)))
{%- endmacro %}


{#- How many decimals the figures of a unit have, unless it takes more.

    unit   a column with count, share, ratio, seconds or hours -#}
{% macro usual_decimals(unit) -%}
    case {{ unit }} when 'share' then 6 when 'ratio' then 6 when 'seconds' then 1 when 'hours' then 2 else 0 end
{%- endmacro %}


{#- A number given as part / whole as a text with the usual decimals of its unit, which is a column `unit`. -#}
{% macro text_in_unit(part, whole) -%}
    {{ number_text_with(part, whole, usual_decimals('unit')) }}
{%- endmacro %}


{#- What a row of measures.csv is of, but for measure and segment, as one text. -#}
{% macro line_of_row() -%}
    coalesce(business_process, '') || '/' || coalesce(srv, '') || '/' || split || '/' || coalesce(split_value, '')
{%- endmacro %}


{#- The nearest limit that a value misses, as a part of target_whole; null where it misses none. Of an availability 1 is
    one. Of a row with columns direction, figure, target_part, minimum_part and target_whole.

    part, whole   the value, exact -#}
{% macro missed_limit(part, whole) -%}
    case
        {%- for limit in ['minimum_part', 'target_part'] %}
        when {{ is_missed(part, whole, limit) }} then {{ limit }}
        {%- endfor %}
        when figure = 'availability' and {{ part }} < {{ whole }} then target_whole
    end
{%- endmacro %}


{#- Whether a value misses a limit, by its exact value; false where there is none. Of a row with columns direction and
    target_whole.

    part, whole   the value
    limit   a part of target_whole -#}
{% macro is_missed(part, whole, limit) -%}
    coalesce(
        case
            when direction = 'lower' then {{ part }} * target_whole > {{ limit }} * {{ whole }}
            else {{ part }} * target_whole < {{ limit }} * {{ whole }}
        end,
        false
    )
{%- endmacro %}


{#- The status of a value that is reported of a measure. Of a row with columns direction, target_part, minimum_part and
    target_whole. -#}
{% macro status_of_value(part, whole) -%}
    case
        when target_part is null then 'No target'
        when {{ is_missed(part, whole, 'minimum_part') }} then 'Below minimum'
        when {{ is_missed(part, whole, 'target_part') }} then 'Below target'
        else 'Met'
    end
{%- endmacro %}
