{#- Rules of the industry report's section on outcomes (docs/performance_measurement/outcomes.md): what became of top-ups,
    changes of supplier, meter reads and firmware. -#}

{#- The families of the section, each with the row of seed pmr_measures that says which process, SRV, segments and splits it
    has. A family is what rows its figures are over; those of one family stand or fall together. -#}
{% macro outcome_families() -%}
    {%- do return({
        'PP1': 'PP1',
        'PP1.1:local': 'PP1.1:local',
        'PP1.1:810E': 'PP1.1:810E',
        'PP1.2': 'PP1.2:first_share',
        'CoS1': 'CoS1',
        'B1': 'B1',
        'B1.1': 'B1.1',
        'DF1.1:devices': 'DF1.1:devices',
        'DF1.1:hubs': 'DF1.1:hubs',
        'DF2': 'DF2',
        'CHF1': 'CHF1',
        'CHF2': 'CHF2',
        'TR1:devices_2_2': 'TR1:devices_2_2',
        'TR1:devices_6_23': 'TR1:devices_6_23',
        'TR1:gains': 'TR1:gains',
    }) -%}
{%- endmacro %}


{#- The families that everybody may see whole: they tell of the DCC alone. -#}
{% macro outcome_families_shown_whole() -%}
    {%- do return(['CHF1', 'CHF2']) -%}
{%- endmacro %}


{#- The counts of the section. Of the rows of a cell (`row_count`) some are pending, and of the others each is a success, a
    failure (something came back, but not that, or it came late), or none (nothing came). What belongs to several corporate
    groups is counted once in these, and in the last two once for each group. -#}
{% macro outcome_counts() -%}
    {%- do return([
        'row_count',
        'pending_count',
        'success_count',
        'failure_count',
        'none_count',
        'unresponded_success_count',
        'first_count',
        'second_count',
        'rescued_count',
        'user_error_count',
        'group_row_count',
        'group_success_count',
    ]) -%}
{%- endmacro %}


{#- Columns: all counts of the section; those that are not given are 0.

    counts   {name: SQL} -#}
{% macro outcome_count_columns(counts) -%}
    {%- for name in outcome_counts() -%}
    cast({{ counts.get(name, '0') }} as bigint) as {{ name }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- Aggregates: the sums of all counts of the section. -#}
{% macro outcome_count_sums() -%}
    {%- for name in outcome_counts() -%}
    cast(sum({{ name }}) as bigint) as {{ name }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- The counts of what has an outcome of `timed_outcome`.

    outcome   column with it -#}
{% macro counts_of_outcome(outcome) -%}
    {%- set counts = {
        'row_count': 'count(*)',
        'group_row_count': 'count(*)',
        'group_success_count': "count(*) filter (where " ~ outcome ~ " = 'success')",
    } -%}
    {%- for word in ['pending', 'success', 'failure', 'none'] -%}
        {%- do counts.update({word ~ '_count': "count(*) filter (where " ~ outcome ~ " = '" ~ word ~ "')"}) -%}
    {%- endfor -%}
    {%- do return(counts) -%}
{%- endmacro %}
