{#- Exact medians and percentiles from counted values: from one row per cell and whole-number value with the
    number of times that it occurs, so that no engine has to hold every single row. Integers all the way.

    First `counts_near_quantiles` gives those of the rows that they are read off, with `running_count` and
    `total_count`; then a select that groups by cell calls `median_doubled` or `percentile_hundredths` on them.

    Where almost every value occurs once there is nothing to count: the median is read off the values in the
    middle of the sorted rows, by `is_middle` and `median_doubled_of_middle`. -#}

{#- A select of the values that the percentiles of a cell are read off, and of their neighbours: the columns of the
    cell and the value, with the `running_count` of the value in its cell and the cell's `total_count`.

    Values are counted in ranges first, and only within a range that holds a percentile one by one. A running sum is
    what costs here: over 7.9 million counted values it took 3.5 s of CPU, in two steps 1.4 s.

    counts   relation with the columns of the cell, the value, once per cell, and its occurrences
    cell   list of the columns of a cell, without nulls
    value   column with the value
    occurrences   column with how often it occurs, above 0
    percents   list of whole numbers from 0 to 100; 50 for the median -#}
{% macro counts_near_quantiles(counts, cell, value, occurrences, percents) -%}
    {%- set range_of_value = whole_quotient(counts ~ '.' ~ value, '64') -%}
    select
        ranges.{{ cell | join(',\n        ranges.') }},
        {{ counts }}.{{ value }},
        ranges.running_count - ranges.range_count + {{ running_count(
            ['ranges.' ~ cell | join(', ranges.'), 'ranges.value_range'], counts ~ '.' ~ value, counts ~ '.' ~ occurrences
        ) }} as running_count,
        ranges.total_count
    from {{ counts }}
    inner join (
        select
            counted_ranges.*,
            {{ running_count(cell, 'value_range', 'range_count') }} as running_count,
            {{ total_count(cell, 'range_count') }} as total_count
        from (
            select
                {{ cell | join(',\n                ') }},
                {{ range_of_value }} as value_range,
                cast(sum({{ occurrences }}) as bigint) as range_count
            from {{ counts }}
            group by
                {{ cell | join(',\n                ') }},
                {{ range_of_value }}
        ) as counted_ranges
    ) as ranges
        on
            {%- for column in cell %}
            {{ counts }}.{{ column }} = ranges.{{ column }} and
            {%- endfor %}
            {{ range_of_value }} = ranges.value_range
            and (
                {%- for percent in percents %}
                {{ 'or ' if not loop.first }}(
                    ranges.running_count > {{ position_below(percent, 'ranges.total_count') }}
                    and ranges.running_count - ranges.range_count <= {{ position_above(percent, 'ranges.total_count') }}
                )
                {%- endfor %}
            )
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
