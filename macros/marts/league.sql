{#- League tables (docs/published.md, "League tables"): parties of one role ranked by a
    share in a cell, best first, without a name or a volume.

    A party is ranked when it has enough rows in the cell (`is_ranked`). `ranked_groups` below is the column
    with the number of distinct corporate groups of the ranked parties of the cell. -#}

{#- True when a party has enough rows in the cell to be ranked.

    whole   column with the party's number of rows in the cell -#}
{% macro is_ranked(whole) -%}
    ({{ whole }} >= {{ var('minimum_rank_rows') }})
{%- endmacro %}


{#- Aggregate: how many parties are ranked in a cell; told where its league is shown. For a select of the ranked
    parties alone, grouped by cell. -#}
{% macro ranked_parties() -%}
    count(*)
{%- endmacro %}


{#- True when the cell's league is shown: its industry share is released, and the ranked are of enough groups.

    part   column with the rows of the cell's pool that the share counts (the successes)
    pool   prefix of the columns of `disclosure_pool` for the cell
    ranked_groups   see above -#}
{% macro is_league_shown(part, pool, ranked_groups) -%}
    ({{ is_share_released(part, pool) }} and {{ ranked_groups }} >= {{ var('minimum_groups') }})
{%- endmacro %}


{#- A party's share as a league that is shown prints it, ranked or not: rounded to the finer step where the
    ranked are of many groups, else to the coarser one. A decimal(6, 3).

    part, whole   columns with the party's successes and rows in the cell
    ranked_groups   see above -#}
{% macro league_rate(part, whole, ranked_groups) -%}
    case
        when {{ ranked_groups }} >= {{ var('full_groups') }}
            then {{ share_in_steps(part, whole, var('league_step_full')) }}
        else {{ share_in_steps(part, whole, var('league_step_small')) }}
    end
{%- endmacro %}


{#- A ranked party's place in its cell: ties share one (1, 2, 2, 4). For a select of the ranked parties alone.

    cell   list of the columns of a cell
    rate   column with the party's `league_rate` -#}
{% macro league_rank(cell, rate) -%}
    cast(rank() over (partition by {{ cell | join(', ') }} order by {{ rate }} desc) as bigint)
{%- endmacro %}


{#- The last place that a ranked party's tie takes: rank 2 of three equal ones is 2 to 4. How many of the ranked are at
    least as good. For a select of the ranked parties alone.

    cell   list of the columns of a cell
    rate   column with the party's `league_rate` -#}
{% macro league_rank_last(cell, rate) -%}
    count(*) over (
        partition by {{ cell | join(', ') }}
        order by {{ rate }} desc
        range between unbounded preceding and current row
    )
{%- endmacro %}


{#- The select that a league mart ends in: for each recipient its own row, ranked or not, shown or not; and where the
    league is shown, the rows of its ranked peers, without a name.

    leagues   CTE with a row per party and cell: party_key, role, the cell, `part`, `whole`, is_ranked, is_shown,
        league_rate and league_rank; `inlined`, for it is read three times
    obligations   CTE with the recipients of the report
    cell   list of the columns that tell one league of a role from another
    part, whole   columns with the party's successes and rows in the cell
    rate   name of the published column with the party's share -#}
{% macro league_rows(leagues, obligations, cell, part, whole, rate) -%}
    select
        {{ obligations }}.reporting_month,
        {{ obligations }}.party_id,
        {{ obligations }}.role,
        {{ leagues }}.{{ cell | join(',\n        ' ~ leagues ~ '.') }},
        {{ leagues }}.league_rank as rank,
        case
            when {{ leagues }}.is_shown then {{ leagues }}.league_rate
            else {{ share(leagues ~ '.' ~ part, leagues ~ '.' ~ whole, 3) }}
        end as {{ rate }},
        true as is_recipient
    from {{ leagues }}
    inner join {{ obligations }}
        on {{ leagues }}.party_key = {{ obligations }}.party_key

    union all

    select
        {{ obligations }}.reporting_month,
        {{ obligations }}.party_id,
        {{ obligations }}.role,
        {{ leagues }}.{{ cell | join(',\n        ' ~ leagues ~ '.') }},
        others.league_rank as rank,
        others.league_rate as {{ rate }},
        false as is_recipient
    from {{ leagues }}
    inner join {{ obligations }}
        on {{ leagues }}.party_key = {{ obligations }}.party_key
    inner join {{ leagues }} as others
        on
            {{ leagues }}.role = others.role
            {%- for column in cell %}
            and {{ leagues }}.{{ column }} = others.{{ column }}
            {%- endfor %}
            and {{ leagues }}.party_key != others.party_key
    where {{ leagues }}.is_shown and others.is_ranked
{%- endmacro %}
