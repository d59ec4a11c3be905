{#- Rules of the industry report's section on outcomes (docs/performance_measurement/outcomes.md): what became of top-ups,
    changes of supplier, meter reads and firmware. -#}

{#- The families of the section: what rows figures are over; those of one family stand or fall together. `measure` is the row
    of seed pmr_measures that says which process, SRV and splits it has. `cell` is the family by whose cells it is shown: its
    own, that of the requests, or none where everybody may see it whole, because it tells of the DCC alone. -#}
{% macro outcome_families() -%}
    {%- set families = {} -%}
    {%- for measure, family, cell in [
        ('PP1', none, none),
        ('PP1.1:local', none, none),
        ('PP1.1:810E', none, none),
        ('PP1.2:first_share', 'PP1.2', none),
        ('CoS1', none, none),
        ('B1', none, none),
        ('B1.1', none, none),
        ('DF1', none, 'rsvp'),
        ('DF1.1:devices', none, none),
        ('DF1.1:hubs', none, none),
        ('DF2', none, none),
        ('DF3', none, 'rsvp'),
        ('CHF1', none, ''),
        ('CHF2', none, ''),
        ('TR1:devices_2_2', none, none),
        ('TR1:devices_6_23', none, none),
        ('TR1:gains', none, none),
    ] -%}
        {%- set family = family or measure -%}
        {%- do families.update({family: {'measure': measure, 'cell': family if cell is none else cell}}) -%}
    {%- endfor -%}
    {%- do return(families) -%}
{%- endmacro %}


{#- The counts of the section. Of the rows of a cell (`row_count`) some are pending, and of the others each is a success, a
    failure (something came back, but not that, or it came late), or none (nothing came). What belongs to several corporate
    groups is counted once in these, and in the last once for each group. -#}
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
    ]) -%}
{%- endmacro %}


{#- Columns: all counts of the section; those that are not given are 0.

    counts   {name: SQL} -#}
{% macro outcome_count_columns(counts) -%}
    {%- for name in outcome_counts() -%}
    cast({{ counts.get(name, '0') }} as bigint) as {{ name }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- Columns: something of each count of the section, by its name.

    expression   SQL, in which `{count}` stands for the name -#}
{% macro each_outcome_count(expression) -%}
    {%- for name in outcome_counts() -%}
    {{ expression | replace('{count}', name) }} as {{ name }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- Aggregates: the sums of all counts of the section. -#}
{% macro outcome_count_sums() -%}
    {{ each_outcome_count('cast(sum({count}) as bigint)') }}
{%- endmacro %}


{#- The counts of what has an outcome of `timed_outcome`.

    outcome   column with it -#}
{% macro counts_of_outcome(outcome) -%}
    {%- set counts = {
        'row_count': 'count(*)',
        'group_row_count': 'count(*)',
    } -%}
    {%- for word in ['pending', 'success', 'failure', 'none'] -%}
        {%- do counts.update({word ~ '_count': "count(*) filter (where " ~ outcome ~ " = '" ~ word ~ "')"}) -%}
    {%- endfor -%}
    {%- do return(counts) -%}
{%- endmacro %}


{#- Columns: the shares that the cells of a family show, as parts and wholes for a pool. What is told of Devices is of all of
    them, the rest of what is decided. -#}
{% macro outcome_share_columns() -%}
    {%- set decided = 'row_count - pending_count' -%}
    {%- set shares = {
        'PP1': [['success_count', decided]],
        'PP1.2': [
            ['first_count', decided],
            ['first_count + second_count', decided],
            ['success_count - first_count - second_count', decided],
            ['failure_count', decided],
        ],
        'CoS1': [['success_count + rescued_count', decided], ['success_count', decided]],
        'B1': [['success_count', decided]],
        'DF1.1:devices': [['success_count', decided]],
        'DF1.1:hubs': [['success_count', decided]],
        'DF2': [['success_count', decided]],
        'TR1:devices_6_23': [['success_count', 'row_count']],
    } -%}
    {%- for number in range(4) -%}
        {%- for side in ['part', 'whole'] -%}
    case family
            {%- for family, told in shares.items() if told | length > number %}
            when '{{ family }}' then {{ told[number][0 if side == 'part' else 1] }}
            {%- endfor %}
        end as share_{{ number + 1 }}_{{ side }}{{ ',\n        ' if number < 3 or side == 'part' }}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}


{#- A count of a cell that is shown, else null; null too where nothing landed that could be counted. For a select from rows of
    int_pmr_outcomes__cells. -#}
{% macro shown_count(count) -%}
    case when is_shown and is_applicable and is_loaded then {{ count }} end
{%- endmacro %}


{#- A count's share of what is decided, of a cell that is shown, else null; null too where nothing is decided. -#}
{% macro shown_share(part) -%}
    case when is_shown and is_applicable then {{ share('(' ~ part ~ ')', '(row_count - pending_count)', 6) }} end
{%- endmacro %}
