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
        'measure_id': 'varchar',
        'business_process': 'varchar',
        'srv': 'varchar',
        'segment': 'varchar',
        'split': 'varchar',
        'split_value': 'varchar',
        'numerator': 'decimal(38, 10)',
        'denominator': 'decimal(38, 10)',
        'pending': 'bigint',
        'value_part': 'decimal(38, 0)',
        'value_whole': 'decimal(38, 0)',
        'is_withheld': 'boolean',
        'state_reason': 'varchar',
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
        'family': 'varchar',
        'business_process': 'varchar',
        'item': 'varchar',
        'segment': 'varchar',
        'split': 'varchar',
        'split_value': 'varchar',
        'corporate_group': 'varchar',
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
    {%- set doubled = 2 * 10 ** decimals -%}
    {%- set rounded = whole_quotient(
        'cast(' ~ doubled ~ ' as ' ~ wide_integer() ~ ') * abs(cast(' ~ part ~ ' as ' ~ wide_integer() ~ ')) + ' ~ whole,
        'nullif(cast(2 as ' ~ wide_integer() ~ ') * cast(' ~ whole ~ ' as ' ~ wide_integer() ~ '), 0)'
    ) -%}
    case when {{ part }} < 0 and {{ rounded }} > 0 then '-' else '' end
    {%- if decimals %}
    || cast({{ whole_quotient(rounded, 10 ** decimals) }} as varchar)
    || '.' || lpad(cast(({{ rounded }}) % {{ 10 ** decimals }} as varchar), {{ decimals }}, '0')
    {%- else %}
    || cast({{ rounded }} as varchar)
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


{#- A number of at most six decimals in millionths, exact. -#}
{% macro in_millionths(number) -%}
    cast(replace(cast(cast({{ number }} as decimal(38, 6)) as varchar), '.', '') as decimal(38, 0))
{%- endmacro %}


{#- A number of at most six decimals as a text, as it landed: without zeros at its end. -#}
{% macro landed_number_text(number) -%}
    rtrim(rtrim(cast(cast({{ number }} as decimal(38, 6)) as varchar), '0'), '.')
{%- endmacro %}


{#- How many decimals the figures of a unit have, unless it takes more.

    unit   a column with count, share, ratio, seconds or hours -#}
{% macro usual_decimals(unit) -%}
    case {{ unit }} when 'share' then 6 when 'ratio' then 6 when 'seconds' then 1 when 'hours' then 2 else 0 end
{%- endmacro %}


{#- The fewest decimals, at least the usual ones, with which a value that misses a limit does not read as if it met it.

    usual   how many it has else, as SQL
    misses   list of {part, whole, is_rounded_to_it}: how far the value lies from a limit that it misses, as
        part / whole, null where it misses none; and whether half a unit of the last decimal is rounded towards the
        limit (that is so of a value below it) -#}
{% macro fewest_decimals(usual, misses) -%}
    case
        {%- for decimals in range(18) %}
        when {{ decimals }} >= {{ usual }} and not (
            {%- for miss in misses %}
            coalesce(
                {{ 2 * 10 ** decimals }} * cast({{ miss.part }} as {{ wide_integer() }})
                {{ '<=' if miss.is_rounded_to_it else '<' }} {{ miss.whole }},
                false
            ){{ ' or' if not loop.last }}
            {%- endfor %}
        ) then {{ decimals }}
        {%- endfor %}
        else 18
    end
{%- endmacro %}


{#- A number given as part / whole as a text, as `number_text` gives it, with as many decimals as a column says.

    decimals   a column with a whole number from 0 to 18 -#}
{% macro number_text_of(part, whole, decimals) -%}
    {%- set wide = wide_integer() -%}
    {%- set power = "cast('1' || repeat('0', " ~ decimals ~ ') as ' ~ wide ~ ')' -%}
    {%- set rounded = whole_quotient(
        '2 * ' ~ power ~ ' * abs(cast(' ~ part ~ ' as ' ~ wide ~ ')) + ' ~ whole,
        'nullif(2 * cast(' ~ whole ~ ' as ' ~ wide ~ '), 0)'
    ) -%}
    case when {{ part }} < 0 and {{ rounded }} > 0 then '-' else '' end
    || cast({{ whole_quotient(rounded, power) }} as varchar)
    || case
        when {{ decimals }} > 0 then '.' || lpad(cast(({{ rounded }}) % {{ power }} as varchar), {{ decimals }}, '0')
        else ''
    end
{%- endmacro %}


{#- An availability given as part / whole as a text: six decimals, or as many as it takes that less than 1 does not read
    as 1. -#}
{% macro availability_text(part, whole) -%}
    {{ number_text_of(part, whole, fewest_decimals(6, [{
        'part': 'case when ' ~ part ~ ' < ' ~ whole ~ ' then ' ~ whole ~ ' - ' ~ part ~ ' end',
        'whole': whole,
        'is_rounded_to_it': true,
    }])) }}
{%- endmacro %}


{#- A number given as part / whole as a text with the usual decimals of its unit, which is a column `unit`. -#}
{% macro text_in_unit(part, whole) -%}
    {{ number_text_of(part, whole, usual_decimals('unit')) }}
{%- endmacro %}


{#- What a row of measures.csv is of, but for measure and segment, as one text. -#}
{% macro line_of_row() -%}
    coalesce(business_process, '') || '/' || coalesce(srv, '') || '/' || split || '/' || coalesce(split_value, '')
{%- endmacro %}


{#- How far a value lies below the nearest limit that it misses, as a part of whole x target_whole; null where it misses
    none. Of an availability 1 is a limit. Of a row with columns direction, figure, target_part, minimum_part and
    target_whole, where the target is target_part / target_whole.

    part, whole   the value, exact -#}
{% macro gap_below_limit(part, whole) -%}
    case
        when coalesce(direction, 'higher') = 'lower' then null
        when {{ part }} * target_whole < minimum_part * {{ whole }}
            then minimum_part * {{ whole }} - {{ part }} * target_whole
        when {{ part }} * target_whole < target_part * {{ whole }}
            then target_part * {{ whole }} - {{ part }} * target_whole
        when figure = 'availability' and {{ part }} < {{ whole }} then ({{ whole }} - {{ part }}) * target_whole
    end
{%- endmacro %}


{#- The same of a value above it, where lower is better. -#}
{% macro gap_above_limit(part, whole) -%}
    case
        when coalesce(direction, 'higher') = 'higher' then null
        when {{ part }} * target_whole > minimum_part * {{ whole }}
            then {{ part }} * target_whole - minimum_part * {{ whole }}
        when {{ part }} * target_whole > target_part * {{ whole }}
            then {{ part }} * target_whole - target_part * {{ whole }}
    end
{%- endmacro %}


{#- How many decimals a value has, of a row with columns unit and target_whole.

    below, above   columns with its `gap_below_limit` and `gap_above_limit`
    whole   of which they are parts, with target_whole -#}
{% macro decimals_in_unit(below, above, whole) -%}
    {{ fewest_decimals(usual_decimals('unit'), [
        {'part': below, 'whole': whole ~ ' * target_whole', 'is_rounded_to_it': true},
        {'part': above, 'whole': whole ~ ' * target_whole', 'is_rounded_to_it': false},
    ]) }}
{%- endmacro %}


{#- The status of a value that is reported of a measure: exact values are compared. Of a row with columns direction,
    target_part, minimum_part and target_whole. -#}
{% macro status_of_value(part, whole) -%}
    case
        when target_part is null then 'No target'
        {%- for limit, words in [('minimum_part', 'Below minimum'), ('target_part', 'Below target')] %}
        when coalesce(
            case
                when direction = 'lower' then {{ part }} * target_whole > {{ limit }} * {{ whole }}
                else {{ part }} * target_whole < {{ limit }} * {{ whole }}
            end,
            false
        ) then '{{ words }}'
        {%- endfor %}
        else 'Met'
    end
{%- endmacro %}
