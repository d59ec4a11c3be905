{#- Exact medians and percentiles from counted values: from one row per cell and whole-number value with the
    number of times that it occurs, so that no engine has to hold every single row. Integers all the way.

    First a select adds `running_count` and `total_count` to these rows; then one that groups by cell calls
    `value_at`, `median_doubled` or `percentile_hundredths` on them. -#}

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
    {{ value_at(value, running, whole_quotient(total ~ ' - 1', '2')) }}
        + {{ value_at(value, running, whole_quotient(total, '2')) }}
{%- endmacro %}


{#- Aggregate: a hundred times the continuous percentile. It lies at percent x (total - 1) / 100, between the
    values at the whole positions below and above it, by the rest of that division.

    percent   whole number from 0 to 100 -#}
{% macro percentile_hundredths(value, running, total, percent) -%}
    {%- set position_hundredths = percent ~ ' * (' ~ total ~ ' - 1)' -%}
    {{ value_at(value, running, whole_quotient(position_hundredths, '100')) }}
        * (100 - max({{ position_hundredths }} % 100))
        + {{ value_at(value, running, whole_quotient(position_hundredths ~ ' + 99', '100')) }}
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
