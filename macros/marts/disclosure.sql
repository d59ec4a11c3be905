{#- Disclosure control (docs/published.md, "Disclosure control"): the one rule by which an industry figure is
    shown, to every recipient or to none. It is tested on the rows that the figure pools, by corporate group.

    An `int_` model groups those rows by cell and corporate group, calls `disclosure_pool` for the
    aggregates of the cell, and the marts show figures through `released_share` and `released` only.

    A figure may hang on more than its own pool: a day on its month, a part on the rest that it would leave. Then `allowed`
    is the column or condition that says whether the figure may be shown besides. -#}

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


{#- True when the pool is of enough groups and rows, and no group is so large that its rival could work it out.

    allowed   see above -#}
{% macro is_released(pool, allowed='true') -%}
    (
        {%- if allowed != 'true' %}
        {{ allowed }} and
        {%- endif %}
        {{ pool }}_group_count >= {{ var('minimum_groups') }}
        and {{ pool }}_row_count >= {{ var('minimum_rows') }}
        and {{ pool }}_largest_count <= {{ pool }}_row_count - {{ pool }}_largest_count - {{ pool }}_second_largest_count
    )
{%- endmacro %}


{#- True when a share of the pool is shown: a share of exactly 0 or 1 tells each group's, so it wants more groups. -#}
{% macro is_share_released(part, pool, allowed='true') -%}
    (
        {{ is_released(pool, allowed) }}
        and (({{ part }} > 0 and {{ part }} < {{ pool }}_row_count) or {{ pool }}_group_count >= {{ var('full_groups') }})
    )
{%- endmacro %}


{#- An industry share with 3 decimals, or null.

    step   the thousandths that it is rounded to a multiple of -#}
{% macro released_share(part, pool, allowed='true', step='1') -%}
    case
        when {{ is_share_released(part, pool, allowed) }}
            then {{ share_in_thousandths(part, pool ~ '_row_count', step) }}
    end
{%- endmacro %}


{#- Another industry figure, or null. -#}
{% macro released(figure, pool, allowed='true') -%}
    case when {{ is_released(pool, allowed) }} then {{ figure }} end
{%- endmacro %}


{#- An industry extreme (a percentile), or null: it wants more rows than other figures. -#}
{% macro released_extreme(figure, pool, allowed='true') -%}
    case
        when {{ is_released(pool, allowed) }} and {{ pool }}_row_count >= {{ var('minimum_rows_extremes') }} then {{ figure }}
    end
{%- endmacro %}


{#- True when the figure exists but is not shown; an empty pool has none. -#}
{% macro is_withheld(pool, allowed='true') -%}
    coalesce({{ pool }}_row_count > 0 and not {{ is_released(pool, allowed) }}, false)
{%- endmacro %}

{% macro is_share_withheld(part, pool, allowed='true') -%}
    coalesce({{ pool }}_row_count > 0 and not {{ is_share_released(part, pool, allowed) }}, false)
{%- endmacro %}


{#- What is left: where a whole is shown and parts of it are, the withheld parts together follow from them. They are its
    *rest*, and it is counted by corporate group like any pool. `is_rest_standing` judges it. Where it does not stand, either
    more parts are held back with it (`parts_held_back`), or what is shown is rounded more coarsely (`released_part`). -#}

{#- True when the rest may be known: it has enough groups, and the rows besides the two largest ones' hide the largest's
    from the second largest. A rest without rows tells of nobody.

    rest   prefix of the columns of `disclosure_pool` for the rest
    whole_rows   column with the rows of the whole, where its figures are rounded so that a small rest is hidden -#}
{% macro is_rest_standing(rest, whole_rows=none) -%}
    (
        {{ rest }}_row_count = 0
        {%- if whole_rows %}
        or {{ rest }}_row_count < {{ var('rest_share') }} * {{ whole_rows }}
        {%- endif %}
        or (
            {{ rest }}_group_count >= {{ var('rest_groups') }}
            and {{ rest }}_row_count - {{ rest }}_largest_count - {{ rest }}_second_largest_count
            >= {{ var('rest_protection') }} * {{ rest }}_largest_count
        )
    )
{%- endmacro %}


{#- A select of the parts that are held back so that the rest of their whole stands: the columns of the whole, and the part.

    The parts that are shown join the rest one by one, the smallest first: at step 1 the smallest has joined, at step 2 the
    two smallest. A running sum of each group's rows over the steps gives the rest at each, and the first step at which it
    stands is the answer. Wholes of which the rest stands from the start take no steps.

    wholes   CTE with the columns of the whole and `whole_row_count`, of wholes that are shown
    parts   CTE with the columns of the whole, the part and `part_row_count`, of parts that pass the rule by themselves
    groups   CTE with the columns of the whole, the part, corporate_group and the rows; those of a part that is not in `parts`
        are in the rest from the start
    whole   list of the columns that tell one whole from another
    part   column that tells one part of a whole from another
    rows   column of `groups` with the group's number of rows -#}
{% macro parts_held_back(wholes, parts, groups, whole, part, rows) -%}
    with ordered_parts as (
        select
            {{ parts }}.{{ whole | join(',\n            ' ~ parts ~ '.') }},
            {{ parts }}.{{ part }},
            row_number() over (
                partition by {{ parts }}.{{ whole | join(', ' ~ parts ~ '.') }}
                order by {{ parts }}.part_row_count, {{ parts }}.{{ part }}
            ) as step
        from {{ parts }}
    ),

    joining as (
        -- The rows of each group by the step at which they join.
        select
            {{ wholes }}.{{ whole | join(',\n            ' ~ wholes ~ '.') }},
            {{ groups }}.corporate_group,
            coalesce(ordered_parts.step, 0) as step,
            max({{ wholes }}.whole_row_count) as whole_row_count,
            cast(sum({{ groups }}.{{ rows }}) as bigint) as row_count
        from {{ groups }}
        inner join {{ wholes }}
            on {{ is_same_in(groups, wholes, whole) }}
        left join ordered_parts
            on {{ is_same_in(groups, 'ordered_parts', whole + [part]) }}
        group by
            {{ wholes }}.{{ whole | join(',\n            ' ~ wholes ~ '.') }},
            {{ groups }}.corporate_group,
            coalesce(ordered_parts.step, 0)
    ),

    first_rests as (
        select
            {{ whole | join(',\n            ') }},
            max(whole_row_count) as whole_row_count,
            {{ disclosure_pool('row_count', 'rest') }}
        from joining
        where step = 0
        group by
            {{ whole | join(',\n            ') }}
    ),

    unsettled as (
        select *
        from first_rests
        where not {{ is_rest_standing('rest', 'whole_row_count') }}
    ),

    steps as (
        select distinct
            {{ whole | join(',\n            ') }},
            step
        from joining
    ),

    groups_of_whole as (
        select distinct
            joining.{{ whole | join(',\n            joining.') }},
            joining.corporate_group,
            joining.whole_row_count
        from joining
        inner join unsettled
            on {{ is_same_in('joining', 'unsettled', whole) }}
    ),

    running as (
        select
            groups_of_whole.*,
            steps.step,
            cast(
                sum(coalesce(joining.row_count, 0)) over (
                    partition by groups_of_whole.{{ whole | join(', groups_of_whole.') }}, groups_of_whole.corporate_group
                    order by steps.step
                    rows between unbounded preceding and current row
                ) as bigint
            ) as row_count
        from groups_of_whole
        inner join steps
            on {{ is_same_in('groups_of_whole', 'steps', whole) }}
        left join joining
            on
                {{ is_same_in('groups_of_whole', 'joining', whole + ['corporate_group']) }}
                and steps.step = joining.step
    ),

    rests as (
        select
            {{ whole | join(',\n            ') }},
            step,
            max(whole_row_count) as whole_row_count,
            {{ disclosure_pool('row_count', 'rest') }}
        from running
        group by
            {{ whole | join(',\n            ') }},
            step
    ),

    settled as (
        -- Where none stands, be it with all of them, all are held back.
        select
            {{ whole | join(',\n            ') }},
            coalesce(min(step) filter (where {{ is_rest_standing('rest', 'whole_row_count') }}), max(step)) as last_step
        from rests
        group by
            {{ whole | join(',\n            ') }}
    )

    select
        ordered_parts.{{ whole | join(',\n        ordered_parts.') }},
        ordered_parts.{{ part }}
    from ordered_parts
    inner join settled
        on {{ is_same_in('ordered_parts', 'settled', whole) }}
    where ordered_parts.step <= settled.last_step
{%- endmacro %}


{#- The thousandths that shares are rounded to beside a rest which is known through another report: 1, a share with 3
    decimals, where the rest stands; else the finest of three steps that is wide enough for the size of the rest.

    rest, whole_rows   see `is_rest_standing` -#}
{% macro step_beside_a_rest(rest, whole_rows) -%}
    case
        when {{ is_rest_standing(rest, whole_rows) }} then 1
        {%- for step in [var('rest_step_fine'), var('rest_step_medium')] %}
        when {{ step }} * ({{ whole_rows }} - {{ rest }}_row_count) >= {{ var('rest_width') }} * {{ rest }}_row_count
            then {{ thousandths_of(step) }}
        {%- endfor %}
        else {{ thousandths_of(var('rest_step_coarse')) }}
    end
{%- endmacro %}


{#- An industry mean in seconds: with 1 decimal, or whole seconds where shares are rounded beside a rest.

    sum, count   columns with the sum of the milliseconds and the number of values
    step   of `step_beside_a_rest` -#}
{% macro mean_beside_a_rest(sum, count, step) -%}
    case
        when {{ step }} > 1 then {{ whole_seconds(sum, count) }}
        else {{ tenths_of_seconds(sum, count) }}
    end
{%- endmacro %}


{#- Parts of which the shares of a whole add up to 1 (a model's firmware versions): `is_part_released` says which are shown,
    `rest_rows` gives a group's rows in the rest, and `disclosure_pool` its counts. -#}

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
