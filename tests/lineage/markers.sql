{#- What the macros of disclosure control stand for in the analysis: calls that it knows by name. -#}

{% macro disclosure_pool(rows, pool) -%}
    {%- for part in ['group_count', 'row_count', 'largest_count', 'second_largest_count'] -%}
    gate_counted({{ rows }}, '{{ pool }}', '{{ part }}') as {{ pool }}_{{ part }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro pool_counts(pool) -%}
    {{ pool }}_group_count, {{ pool }}_row_count, {{ pool }}_largest_count, {{ pool }}_second_largest_count
{%- endmacro %}

{% macro released_share(part, pool, allowed='true', step='1') -%}
    gate_released_share({{ part }}, {{ pool }}_row_count, {{ allowed }}, {{ step }}, {{ pool_counts(pool) }})
{%- endmacro %}

{% macro released(figure, pool, allowed='true') -%}
    gate_released({{ figure }}, {{ allowed }}, {{ pool_counts(pool) }})
{%- endmacro %}

{% macro released_extreme(figure, pool, allowed='true') -%}
    gate_released_extreme({{ figure }}, {{ allowed }}, {{ pool_counts(pool) }})
{%- endmacro %}

{% macro is_withheld(pool, allowed='true') -%}
    gate_is_withheld({{ allowed }}, {{ pool_counts(pool) }})
{%- endmacro %}

{% macro is_share_withheld(part, pool, allowed='true') -%}
    gate_is_share_withheld({{ part }}, {{ allowed }}, {{ pool_counts(pool) }})
{%- endmacro %}

{% macro released_part(part, whole, rest) -%}
    gate_rounded(
        gate_released(
            gate_released_share({{ part }}_row_count, {{ whole }}_row_count, {{ pool_counts(whole) }}),
            {{ pool_counts(part) }}
        ),
        {{ pool_counts(rest) }}
    )
{%- endmacro %}

{% macro is_part_withheld(part, whole) -%}
    (
        gate_is_share_withheld({{ part }}_row_count, {{ pool_counts(whole) }})
        or gate_is_withheld({{ pool_counts(part) }})
    )
{%- endmacro %}

{% macro is_league_shown(part, pool, ranked_groups) -%}
    gate_is_league_shown({{ part }}, {{ ranked_groups }}, {{ pool_counts(pool) }})
{%- endmacro %}

{% macro is_ranked(whole) -%}
    gate_is_ranked({{ whole }})
{%- endmacro %}

{% macro league_rate(part, whole, ranked_groups) -%}
    gate_league_rate({{ part }}, {{ whole }}, {{ ranked_groups }})
{%- endmacro %}

{% macro league_rank(cell, rate) -%}
    gate_league_rank(rank() over (partition by {{ cell | join(', ') }} order by {{ rate }} desc))
{%- endmacro %}

{% macro league_rank_last(cell, rate) -%}
    gate_league_rank(count(*) over (partition by {{ cell | join(', ') }} order by {{ rate }} desc))
{%- endmacro %}

{% macro ranked_parties() -%}
    gate_ranked_parties()
{%- endmacro %}
