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
