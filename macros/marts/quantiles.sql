{#- Exact medians and percentiles from counted values: no engine has to hold or sort every single row. Integers all
    the way.

    Values are counted in ranges first (`counts_by_range`). The ranges tell in which of them the percentiles of a cell
    lie; in those alone values are counted one by one. `own_speeds` and `industry_speeds` are the whole of a model of
    R2 or R3 that says how long requests or alerts took.

    10 million alerts have 5.9 million different delivery times by party and code, but 0.4 million ranges of them, and
    0.6 million different times in the ranges that matter. With every time counted, counts, medians and percentiles
    took 7.0 s of CPU, by ranges 2.7 s. Own and industry each look through the values once: with the counts that both
    need in a table, which one look fills, 10 million requests and 6 million alerts took 3.4 s of CPU; so they take 3.0 s.

    Where cells are small there is nothing to count: `counts_with_median` reads the median off the values in the middle
    of the sorted rows. -#}

{#- The range that a whole number, 0 or more, is counted in: greater values are in the same or in a later one. -#}
{% macro value_range(value) -%}
    {{ whole_quotient(value, '1024') }}
{%- endmacro %}


{#- A select of how many values lie in each range: the `codes`, `value_range`, and the `value_count`, `best_ms` and
    `worst_ms` of the values in it.

    values   relation of one row per value
    codes   list of its columns by which values are counted
    value   column with the value, in whole milliseconds -#}
{% macro counts_by_range(values, codes, value) -%}
    select
        {{ codes | join(',\n        ') }},
        {{ value_range(value) }} as value_range,
        count(*) as value_count,
        min({{ value }}) as best_ms,
        max({{ value }}) as worst_ms
    from {{ values }}
    group by
        {{ codes | join(',\n        ') }},
        {{ value_range(value) }}
{%- endmacro %}


{#- A select of the party's best and worst value in each of its cells, its 1st and 99th percentile and its median.

    values, codes, value   see `counts_by_range`
    ranges   relation of `counts_by_range`, with the columns of the cell besides
    cell   list of the columns of a cell, without nulls; in a cell 'ALL' of the last of them are all its values -#}
{% macro own_speeds(values, ranges, codes, cell, value) -%}
    with ranges as ({{ ranges_with_all(ranges, codes, cell) }}),

    near_ranges as ({{ ranges_near_quantiles('ranges', cell, [1, 50, 99]) }}),

    counts as ({{ counts_in_near_ranges(values, codes, cell, value) }}),

    quantiles as (
        select
            {{ cell | join(',\n            ') }},
            {{ percentile_hundredths(value, 1) }} as p01_hundredths_ms,
            {{ percentile_hundredths(value, 99) }} as p99_hundredths_ms,
            {{ median_doubled(value) }} as median_doubled_ms
        from counts
        group by
            {{ cell | join(',\n            ') }}
    ),

    extremes as (
        select
            {{ cell | join(',\n            ') }},
            min(best_ms) as best_ms,
            max(worst_ms) as worst_ms
        from ranges
        group by
            {{ cell | join(',\n            ') }}
    )

    select
        {% for column in cell -%}
        extremes.{{ column }},
        {% endfor -%}
        extremes.best_ms,
        extremes.worst_ms,
        quantiles.p01_hundredths_ms,
        quantiles.p99_hundredths_ms,
        quantiles.median_doubled_ms
    from extremes
    inner join quantiles
        on {{ is_same_in('extremes', 'quantiles', cell) }}
{%- endmacro %}


{#- A select of the 1st and 99th percentile and the median in each cell; see `own_speeds`. -#}
{% macro industry_speeds(values, ranges, codes, cell, value) -%}
    with ranges as ({{ ranges_with_all(ranges, codes, cell) }}),

    near_ranges as ({{ ranges_near_quantiles('ranges', cell, [1, 50, 99]) }}),

    counts as ({{ counts_in_near_ranges(values, codes, cell, value) }})

    select
        {{ cell | join(',\n        ') }},
        {{ percentile_hundredths(value, 1) }} as best_hundredths_ms,
        {{ percentile_hundredths(value, 99) }} as worst_hundredths_ms,
        {{ median_doubled(value) }} as median_doubled_ms
    from counts
    group by
        {{ cell | join(',\n        ') }}
{%- endmacro %}


{#- A select of each range twice: in its cell, and in the cell `ALL` of the last column of the cell. -#}
{% macro ranges_with_all(ranges, codes, cell) -%}
    select
        {% for column in (codes + cell[:-1]) | unique -%}
        {{ column }},
        {% endfor -%}
        {{ each_of(literal_list([cell[-1], "'ALL'"])) }} as {{ cell[-1] }},
        value_range,
        value_count,
        best_ms,
        worst_ms
    from {{ ranges }}
{%- endmacro %}


{#- A select of the ranges that the percentiles of a cell and their neighbours lie in: the columns of the cell,
    `value_range`, the `value_count` of values in it, their `running_count` up to its end and the cell's
    `total_count`.

    ranges   relation with the columns of the cell, `value_range` and `value_count`; of a cell and range any number
    cell   list of the columns of a cell, without nulls
    percents   list of whole numbers from 0 to 100; 50 for the median -#}
{% macro ranges_near_quantiles(ranges, cell, percents) -%}
    select running_ranges.*
    from (
        select
            cell_ranges.*,
            {{ running_count(cell, 'value_range') }} as running_count,
            cast(sum(value_count) over (partition by {{ cell | join(', ') }}) as bigint) as total_count
        from (
            select
                {{ (cell + ['value_range']) | join(',\n                ') }},
                cast(sum(value_count) as bigint) as value_count
            from {{ ranges }}
            group by
                {{ (cell + ['value_range']) | join(',\n                ') }}
        ) as cell_ranges
    ) as running_ranges
    where
        {%- for percent in percents %}
        {{ 'or ' if not loop.first }}(
            running_ranges.running_count > {{ position_below(percent, 'running_ranges.total_count') }}
            and running_ranges.running_count - running_ranges.value_count
            <= {{ position_above(percent, 'running_ranges.total_count') }}
        )
        {%- endfor %}
{%- endmacro %}


{#- A select of the values that the percentiles of a cell are read off, and of their neighbours: the columns of the
    cell and the value, with the `running_count` of the value in its cell and the cell's `total_count`.
    For a select with the CTEs `ranges` of `ranges_with_all` and `near_ranges` of `ranges_near_quantiles`. -#}
{% macro counts_in_near_ranges(values, codes, cell, value) -%}
    select
        near_ranges.{{ cell | join(',\n        near_ranges.') }},
        counted.{{ value }},
        near_ranges.running_count - near_ranges.value_count
            + {{ running_count(cell + ['value_range'], value, 'counted') }} as running_count,
        near_ranges.total_count
    from (
        select
            coded.{{ (cell + ['value_range']) | join(',\n            coded.') }},
            all_values.{{ value }},
            count(*) as value_count
        from {{ values }} as all_values
        inner join (
            select
                ranges.{{ ((codes + cell) | unique | list + ['value_range']) | join(',\n                ranges.') }}
            from ranges
            inner join near_ranges
                on {{ is_same_in('ranges', 'near_ranges', cell + ['value_range']) }}
        ) as coded
            on
                {{ is_same_in('all_values', 'coded', codes) }}
                and {{ value_range('all_values.' ~ value) }} = coded.value_range
        group by
            coded.{{ (cell + ['value_range']) | join(',\n            coded.') }},
            all_values.{{ value }}
    ) as counted
    inner join near_ranges
        on {{ is_same_in('counted', 'near_ranges', cell + ['value_range']) }}
{%- endmacro %}


{#- The whole position at or below a continuous percentile, which lies at percent x (total - 1) / 100; 0 is the
    first. -#}
{% macro position_below(percent, total) -%}
    {{ whole_quotient(percent ~ ' * (' ~ total ~ ' - 1)', '100') }}
{%- endmacro %}


{#- The whole position at or above a continuous percentile. -#}
{% macro position_above(percent, total) -%}
    {{ whole_quotient(percent ~ ' * (' ~ total ~ ' - 1) + 99', '100') }}
{%- endmacro %}


{#- How many values of its cell are in this row or one before it, by their `value_count`.

    cell   list of the columns of a cell
    value   column that the rows are in order of, once per cell
    rows   name of their relation, where another has these columns too -#}
{% macro running_count(cell, value, rows=none) -%}
    {%- set of = rows ~ '.' if rows else '' -%}
    cast(
        sum({{ of }}value_count) over (
            partition by {{ of }}{{ cell | join(', ' ~ of) }}
            order by {{ of }}{{ value }}
            rows between unbounded preceding and current row
        ) as bigint
    )
{%- endmacro %}


{#- Aggregate: the value at a position of the cell's values in order, 0 is the first. For rows of
    `counts_in_near_ranges`. -#}
{% macro value_at(value, position) -%}
    min({{ value }}) filter (where running_count > {{ position }})
{%- endmacro %}


{#- Aggregate: twice the median. Of an even count the two middle values added, of an odd one the middle twice. -#}
{% macro median_doubled(value) -%}
    {{ value_at(value, position_below(50, 'total_count')) }}
        + {{ value_at(value, position_above(50, 'total_count')) }}
{%- endmacro %}


{#- Aggregate: a hundred times the continuous percentile. It lies at percent x (total - 1) / 100, between the
    values at the whole positions below and above it, by the rest of that division.

    percent   whole number from 0 to 100 -#}
{% macro percentile_hundredths(value, percent) -%}
    {%- set position_hundredths = percent ~ ' * (total_count - 1)' -%}
    {{ value_at(value, position_below(percent, 'total_count')) }}
        * (100 - max({{ position_hundredths }} % 100))
        + {{ value_at(value, position_above(percent, 'total_count')) }}
        * max({{ position_hundredths }} % 100)
{%- endmacro %}


{#- A select of one row per cell: its columns, the `row_count`, the `value_count` of those rows that have a value, and
    `min_ms`, `max_ms`, `sum_ms` and `median_doubled_ms` of these. For cells of few rows.

    rows   relation with the columns of the cell and the value; a CTE is `inlined`, for it is read twice
    cell   list of the columns of a cell; nulls are values
    value   column with the value, in whole milliseconds -#}
{% macro counts_with_median(rows, cell, value) -%}
    with counted as (
        select
            {{ cell | join(',\n            ') }},
            count(*) as row_count,
            count({{ value }}) as value_count,
            min({{ value }}) as min_ms,
            max({{ value }}) as max_ms,
            cast(sum({{ value }}) as {{ wide_integer() }}) as sum_ms
        from {{ rows }}
        group by
            {{ cell | join(',\n            ') }}
    ),

    numbered as (
        select
            counted.*,
            {{ any_row_number(cell) }} as cell_number
        from counted
    ),

    placed as (
        -- Sorted, and not `median`, which holds every value in memory and cannot spill: see int_r2__srv_figures.
        select
            numbered.cell_number,
            numbered.value_count,
            all_rows.{{ value }},
            row_number() over (
                partition by numbered.cell_number
                order by all_rows.{{ value }}
            ) as place
        from {{ rows }} as all_rows
        inner join numbered
            on {{ is_same_in('all_rows', 'numbered', cell) }}
        where
            all_rows.{{ value }} is not null
            -- Of one value or two the least and the greatest are the middle.
            and numbered.value_count > 2
    ),

    medians as (
        select
            cell_number,
            min({{ value }}) + max({{ value }}) as median_doubled_ms
        from placed
        -- The one in the middle of an odd number of values, the two of an even one.
        where place between {{ whole_quotient('value_count + 1', '2') }} and {{ whole_quotient('value_count', '2') }} + 1
        group by cell_number
    )

    select
        numbered.{{ cell | join(',\n        numbered.') }},
        numbered.row_count,
        numbered.value_count,
        numbered.min_ms,
        numbered.max_ms,
        numbered.sum_ms,
        coalesce(medians.median_doubled_ms, numbered.min_ms + numbered.max_ms) as median_doubled_ms
    from numbered
    left join medians
        on numbered.cell_number = medians.cell_number
{%- endmacro %}
