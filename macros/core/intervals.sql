{#- Intervals of time, half-open like spells: unions of them, one kind less the other, to the microsecond. -#}

{#- Whole microseconds from one instant to another. -#}
{% macro duration_us(from_instant, to_instant) -%}
    ({{ epoch_us(to_instant) }} - {{ epoch_us(from_instant) }})
{%- endmacro %}


{#- Whole microseconds that two spells have in common; 0 where they have none. -#}
{% macro common_us(one, other) -%}
    greatest(
        0,
        least({{ epoch_us(one ~ '.valid_to') }}, {{ epoch_us(other ~ '.valid_to') }})
        - greatest({{ epoch_us(one ~ '.valid_from') }}, {{ epoch_us(other ~ '.valid_from') }})
    )
{%- endmacro %}


{#- A select of the unbroken intervals of downtime, planned and unplanned, of each key: the union of each kind, the weaker
    one less the stronger. Intervals that touch are one; one of no length is none.

    The starts and ends are put in order, and running sums of both say how many intervals of each kind are open from one
    to the next. So it costs one sort, however many overlap.

    intervals   CTE with the columns of the key, is_unplanned, valid_from and valid_to
    key   list of the columns that tell one key from another
    stronger   `planned` or `unplanned`: which of them holds where both are -#}
{% macro unbroken_downtime(intervals, key, stronger) -%}
    {%- set columns = key | join(',\n            ') -%}
    {%- set partition = key | join(', ') -%}
    with

    changes as (

        {% for instant, change in [('valid_from', '1'), ('valid_to', '-1')] -%}
        {{ 'union all\n\n        ' if not loop.first }}select
            {{ columns }},
            {{ instant }} as changed_at,
            case when is_unplanned then {{ change }} else 0 end as unplanned_change,
            case when is_unplanned then 0 else {{ change }} end as planned_change
        from {{ intervals }}
        where valid_from < valid_to

        {% endfor -%}
    ),

    instants as (

        select
            {{ columns }},
            changed_at,
            sum(unplanned_change) as unplanned_change,
            sum(planned_change) as planned_change
        from changes
        group by
            {{ columns }},
            changed_at

    ),

    slices as (

        select
            {{ columns }},
            changed_at as valid_from,
            lead(changed_at) over (partition by {{ partition }} order by changed_at) as valid_to,
            {% for kind in ['unplanned', 'planned'] -%}
            sum({{ kind }}_change) over (
                partition by {{ partition }} order by changed_at
                rows between unbounded preceding and current row
            ) > 0 as is_{{ kind }}_open{{ ',' if not loop.last }}
            {% endfor %}
        from instants

    ),

    downtime as (

        select
            {{ columns }},
            {{ 'is_unplanned_open' if stronger == 'unplanned' else 'not is_planned_open' }} as is_unplanned,
            valid_from,
            valid_to
        from slices
        where is_unplanned_open or is_planned_open

    ),

    marked as (

        select
            {{ columns }},
            is_unplanned,
            valid_from,
            valid_to,
            case
                when
                    lag(valid_to) over (partition by {{ partition }}, is_unplanned order by valid_from) = valid_from
                    then 0
                else 1
            end as is_first
        from downtime

    ),

    numbered as (

        select
            {{ columns }},
            is_unplanned,
            valid_from,
            valid_to,
            sum(is_first) over (
                partition by {{ partition }}, is_unplanned order by valid_from
                rows between unbounded preceding and current row
            ) as interval_number
        from marked

    )

    select
        {{ columns | replace('            ', '        ') }},
        is_unplanned,
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from numbered
    group by
        {{ columns | replace('            ', '        ') }},
        is_unplanned,
        interval_number
{%- endmacro %}
