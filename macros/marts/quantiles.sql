{#- Exact medians and percentiles from counted values: no engine has to hold or sort every single row. Integers all
    the way.

    Values are counted in ranges first, as `value_range` numbers them. `ranges_near_quantiles` tells in which of them
    the percentiles of a cell lie; in those alone values are counted one by one, and `counts_near_quantiles` gives
    these counts with `running_count` and `total_count`. Then a select that groups by cell calls `median_doubled` or
    `percentile_hundredths` on them.

    10 million alerts have 5.9 million different delivery times by party and code, but 0.4 million ranges of them, and
    0.6 million different times in the ranges that matter. With every time counted, counts, medians and percentiles
    took 7.0 s of CPU; so they take 2.7 s.

    Where cells are small there is nothing to count: the median is read off the values in the middle of the sorted
    rows, by `is_middle` and `median_doubled_of_middle`. -#}

{#- The range that a whole number, 0 or more, is counted in: greater values are in the same or in a later one. -#}
{% macro value_range(value) -%}
    {{ whole_quotient(value, '1024') }}
{%- endmacro %}


{#- A select of the ranges that the percentiles of a cell and their neighbours lie in: the columns of the cell,
    `value_range`, the `range_count` of values in it, their `running_count` up to its end and the cell's
    `total_count`.

    ranges   relation with the columns of the cell, `value_range` and occurrences; of a cell and range any number
    cell   list of the columns of a cell, without nulls
    occurrences   column with how many values it stands for, above 0
    percents   list of whole numbers from 0 to 100; 50 for the median -#}
{% macro ranges_near_quantiles(ranges, cell, occurrences, percents) -%}
    select running_ranges.*
    from (
        select
            counted_ranges.*,
            {{ running_count(cell, 'value_range', 'range_count') }} as running_count,
            {{ total_count(cell, 'range_count') }} as total_count
        from ({{ counted_together(ranges, cell + ['value_range'], occurrences, 'range_count') }}) as counted_ranges
    ) as running_ranges
    where
        {%- for percent in percents %}
        {{ 'or ' if not loop.first }}(
            running_ranges.running_count > {{ position_below(percent, 'running_ranges.total_count') }}
            and running_ranges.running_count - running_ranges.range_count
            <= {{ position_above(percent, 'running_ranges.total_count') }}
        )
        {%- endfor %}
{%- endmacro %}


{#- A select of the values that the percentiles of a cell are read off, and of their neighbours: the columns of the
    cell and the value, with the `running_count` of the value in its cell and the cell's `total_count`.

    counts   relation with the columns of the cell, the value and its occurrences, of a cell and value any number;
        at least all values of the ranges that `ranges_near_quantiles` gives
    ranges, cell, percents   see `ranges_near_quantiles`; both relations name the occurrences alike
    value   column with the value
    occurrences   column with how many values it stands for, above 0 -#}
{% macro counts_near_quantiles(counts, ranges, cell, value, occurrences, percents) -%}
    select
        near_ranges.{{ cell | join(',\n        near_ranges.') }},
        value_counts.{{ value }},
        near_ranges.running_count - near_ranges.range_count + {{ running_count(
            ['near_ranges.' ~ cell | join(', near_ranges.'), 'near_ranges.value_range'],
            'value_counts.' ~ value,
            'value_counts.value_count'
        ) }} as running_count,
        near_ranges.total_count
    from ({{ counted_together(counts, cell + [value], occurrences, 'value_count') }}) as value_counts
    inner join ({{ ranges_near_quantiles(ranges, cell, occurrences, percents) }}) as near_ranges
        on
            {%- for column in cell %}
            value_counts.{{ column }} = near_ranges.{{ column }} and
            {%- endfor %}
            {{ value_range('value_counts.' ~ value) }} = near_ranges.value_range
{%- endmacro %}


{#- A select of one row per combination of some columns, with how many values its rows stand for.

    columns   list of the columns
    occurrences   column with how many values a row stands for
    count   name of the column with the sum -#}
{% macro counted_together(relation, columns, occurrences, count) -%}
    select
        {{ columns | join(',\n        ') }},
        cast(sum({{ occurrences }}) as bigint) as {{ count }}
    from {{ relation }}
    group by
        {{ columns | join(',\n        ') }}
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


{#- How often this value or a smaller one of its cell occurs.

    cell   list of the columns of a cell
    value   column with the value, once per cell
    occurrences   column with how often it occurs, above 0 -#}
{% macro running_count(cell, value, occurrences) -%}
    cast(
        sum({{ occurrences }}) over (
            partition by {{ cell | join(', ') }}
            order by {{ value }}
            rows between unbounded preceding and current row
        ) as bigint
    )
{%- endmacro %}


{#- How many values the cell has, each counted as often as it occurs. -#}
{% macro total_count(cell, occurrences) -%}
    cast(sum({{ occurrences }}) over (partition by {{ cell | join(', ') }}) as bigint)
{%- endmacro %}


{#- Aggregate: the value at a position of the cell's values in order, 0 is the first.

    running   column with the `running_count`
    position   a column or expression, the same for all rows of a cell -#}
{% macro value_at(value, running, position) -%}
    min({{ value }}) filter (where {{ running }} > {{ position }})
{%- endmacro %}


{#- Aggregate: twice the median. Of an even count the two middle values added, of an odd one the middle twice.

    total   column with the `total_count` -#}
{% macro median_doubled(value, running, total) -%}
    {{ value_at(value, running, position_below(50, total)) }}
        + {{ value_at(value, running, position_above(50, total)) }}
{%- endmacro %}


{#- Aggregate: a hundred times the continuous percentile. It lies at percent x (total - 1) / 100, between the
    values at the whole positions below and above it, by the rest of that division.

    percent   whole number from 0 to 100 -#}
{% macro percentile_hundredths(value, running, total, percent) -%}
    {%- set position_hundredths = percent ~ ' * (' ~ total ~ ' - 1)' -%}
    {{ value_at(value, running, position_below(percent, total)) }}
        * (100 - max({{ position_hundredths }} % 100))
        + {{ value_at(value, running, position_above(percent, total)) }}
        * max({{ position_hundredths }} % 100)
{%- endmacro %}


{#- True for the values in the middle of their cell: one of an odd number of values, two of an even one.

    place   column with the value's place in its cell in order, 1 is the first
    total   column with how many values the cell has -#}
{% macro is_middle(place, total) -%}
    {{ place }} between {{ whole_quotient(total ~ ' + 1', '2') }} and {{ whole_quotient(total, '2') }} + 1
{%- endmacro %}


{#- Aggregate: twice the median, of the values in the middle of their cell alone. -#}
{% macro median_doubled_of_middle(value) -%}
    min({{ value }}) + max({{ value }})
{%- endmacro %}


{#- True when rows of two relations are of one cell; nulls are values. -#}
{% macro is_same_in(rows, cells, cell) -%}
    {%- for column in cell %}
            {{ 'and ' if not loop.first }}{{ rows }}.{{ column }} is not distinct from {{ cells }}.{{ column }}
    {%- endfor %}
{%- endmacro %}
