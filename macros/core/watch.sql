{#- Spike monitoring (docs/operations.md, "Watch"). Time is cut into slots of `watch_hours`, counted back from the instant up
    to which is looked: slot 0 ends there. The same hours of a week before are `slots_per_week()` slots further back. -#}

{#- The slot that an instant lies in.

    instant   before `until`
    until     the instant up to which is looked -#}
{% macro slot_of(instant, until) -%}
    {{ whole_quotient(epoch_us(until) ~ ' - ' ~ epoch_us(instant) ~ ' - 1', var('watch_hours') * 3600000000) }}
{%- endmacro %}


{#- The instant at which a slot ends. -#}
{% macro end_of_slot(slot, until) -%}
    {{ add_ms(until, '-' ~ slot ~ ' * ' ~ var('watch_hours') * 3600000) }}
{%- endmacro %}


{% macro slots_per_week() -%}
    {%- if 168 % var('watch_hours') -%}
        {%- do exceptions.raise_compiler_error('watch_hours must divide a week: 1, 2, 3, 4, 6, 8, 12 or 24') -%}
    {%- endif -%}
    {%- do return(168 // var('watch_hours')) -%}
{%- endmacro %}


{#- Twice the median of the values that a window has put in order: the sum of the two in the middle, which are one where
    their count is odd.

    value, place, value_count   columns; the place of a value is from 1 -#}
{% macro twice_the_median(value, place, value_count) -%}
    (
        sum(case when {{ place }} = {{ whole_quotient(value_count ~ ' + 1', 2) }} then {{ value }} end)
        + sum(case when {{ place }} = {{ whole_quotient(value_count ~ ' + 2', 2) }} then {{ value }} end)
    )
{%- endmacro %}


{#- CTEs of `int_watch_counts`, from `until` and `files`: `known_<feed>`, the records of the slots that are looked at, each with
    its slot, as they were known when it ended; `recency` is 1 of the last one of a key.

    began_at   the column by which a record is of a slot -#}
{% macro known_records(feed, began_at) -%}
landed_{{ feed }} as {{ inlined() }} (

    select
        records.*,
        {{ slot_of('records.' ~ began_at, 'until.looked_until') }} as slot,
        {{ slot_of('records.recorded_at', 'until.looked_until') }} as recorded_slot,
        {{ slot_of('cast(files.landed_on as timestamp)', 'until.looked_until') }} as landed_slot
    from {{ ref('stg_' ~ feed ~ '__landed') }} as records
    inner join files
        on records.landed_file = files.landed_file
    cross join until
    where
        records.outcome in ('accepted', 'superseded')
        and records.{{ began_at }} < until.looked_until
        and records.recorded_at < until.looked_until

),

{# What was recorded, or has landed, after the slot was not known when it ended. -#}
known_{{ feed }} as (

    select
        landed_{{ feed }}.*,
        {{ recency(feed) if execute }} as recency
    from landed_{{ feed }}
    where
        slot % {{ slots_per_week() }} < {{ var('watch_windows') }}
        and slot < {{ slots_per_week() * (var('watch_weeks') + 1) }}
        and recorded_slot >= slot
        and landed_slot >= slot

),
{%- endmacro %}
