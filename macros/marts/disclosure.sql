{#- Disclosure control (docs/published.md, "Disclosure control"): the one rule by which an industry figure is
    shown, to every recipient or to none. It is tested on the rows that the figure pools, by corporate group.

    An `int_` model groups those rows by cell and corporate group, calls `disclosure_pool` for the
    aggregates of the cell, and the marts show figures through `released_share` and `released` only. -#}

{#- The columns that describe a cell's pool: how many groups have rows in it, how many rows, and how many
    the two largest groups have. For a select from one row per cell and group, grouped by cell.
    (Groups ranked by a window each for two pools: 1.8 s of CPU for 1.1 million rows. So: 0.7 s.)

    rows   column with the group's number of pooled rows
    pool   prefix of the columns -#}
{% macro disclosure_pool(rows, pool) -%}
    count(*) filter (where {{ rows }} > 0) as {{ pool }}_group_count,
        cast(sum({{ rows }}) as bigint) as {{ pool }}_row_count,
        max({{ rows }}) as {{ pool }}_largest_count,
        coalesce({{ nth_largest(rows, 2) }}, 0) as {{ pool }}_second_largest_count
{%- endmacro %}


{#- True when the pool is of enough groups and rows, and no group is so large that its rival could work it out. -#}
{% macro is_released(pool) -%}
    (
        {{ pool }}_group_count >= {{ var('minimum_groups') }}
        and {{ pool }}_row_count >= {{ var('minimum_rows') }}
        and {{ pool }}_largest_count <= {{ pool }}_row_count - {{ pool }}_largest_count - {{ pool }}_second_largest_count
    )
{%- endmacro %}


{#- True when a share of the pool is shown: a share of exactly 0 or 1 tells each group's, so it wants more groups. -#}
{% macro is_share_released(part, pool) -%}
    (
        {{ is_released(pool) }}
        and (({{ part }} > 0 and {{ part }} < {{ pool }}_row_count) or {{ pool }}_group_count >= {{ var('full_groups') }})
    )
{%- endmacro %}


{#- An industry share with 3 decimals, or null. -#}
{% macro released_share(part, pool) -%}
    case when {{ is_share_released(part, pool) }} then {{ share(part, pool ~ '_row_count', 3) }} end
{%- endmacro %}


{#- Another industry figure, or null. -#}
{% macro released(figure, pool) -%}
    case when {{ is_released(pool) }} then {{ figure }} end
{%- endmacro %}


{#- An industry extreme (a percentile), or null: it wants more rows than other figures. -#}
{% macro released_extreme(figure, pool) -%}
    case
        when {{ is_released(pool) }} and {{ pool }}_row_count >= {{ var('minimum_rows_extremes') }} then {{ figure }}
    end
{%- endmacro %}


{#- True when the figure exists but is not shown; an empty pool has none. -#}
{% macro is_withheld(pool) -%}
    coalesce({{ pool }}_row_count > 0 and not {{ is_released(pool) }}, false)
{%- endmacro %}

{% macro is_share_withheld(part, pool) -%}
    coalesce({{ pool }}_row_count > 0 and not {{ is_share_released(part, pool) }}, false)
{%- endmacro %}


{#- Parts of a whole (a model's firmware versions): their shares of it add up to 1, so that the shown ones tell what the
    withheld ones, the *rest*, have together. `is_part_released` says which parts are shown. The rest is counted by corporate
    group like any pool: `rest_rows` gives a group's rows in it, and `disclosure_pool` its counts. `is_rest_standing` judges
    it, and the figures of the parts that are shown take account of that. -#}

{#- True when a part's share of the whole is shown: the pools of both pass, and a share of exactly 1 wants more groups.

    part, whole   prefixes of the columns of `disclosure_pool` for the part and for the whole -#}
{% macro is_part_released(part, whole) -%}
    ({{ is_share_released(part ~ '_row_count', whole) }} and {{ is_released(part) }})
{%- endmacro %}


{#- Aggregate: how many rows a group has in the rest. For a select from one row per part and group, grouped by whole and group.

    rows   column with the group's number of rows in the part
    passed   column or condition, whether the part is shown -#}
{% macro rest_rows(rows, passed) -%}
    cast(coalesce(sum({{ rows }}) filter (where not {{ passed }}), 0) as bigint)
{%- endmacro %}


{#- True when the rest may be known: it has enough groups, and the rows besides the two largest ones' hide the largest's
    from the second largest. A rest without rows tells of nobody.

    rest   prefix of the columns of `disclosure_pool` for the rest -#}
{% macro is_rest_standing(rest) -%}
    (
        {{ rest }}_row_count = 0
        or (
            {{ rest }}_group_count >= {{ var('rest_groups') }}
            and {{ rest }}_row_count - {{ rest }}_largest_count - {{ rest }}_second_largest_count
            >= {{ var('rest_protection') }} * {{ rest }}_largest_count
        )
    )
{%- endmacro %}


{#- A part's industry share of the whole, or null: with 3 decimals, and where the rest does not stand, in coarse steps. -#}
{% macro released_part(part, whole, rest) -%}
    case
        when not {{ is_part_released(part, whole) }} then null
        when {{ is_rest_standing(rest) }} then {{ share(part ~ '_row_count', whole ~ '_row_count', 3) }}
        else {{ share_in_steps(part ~ '_row_count', whole ~ '_row_count', var('league_step_small')) }}
    end
{%- endmacro %}


{#- True when a part's share is not shown. -#}
{% macro is_part_withheld(part, whole) -%}
    (not {{ is_part_released(part, whole) }})
{%- endmacro %}


{#- What the shares that are shown of a whole leave; rounded ones may be more than 1 together. Null where none is shown.

    shown   the sum of the shares -#}
{% macro share_that_is_left(shown) -%}
    case when {{ shown }} > 1 then 0 else 1 - {{ shown }} end
{%- endmacro %}
