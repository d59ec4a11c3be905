{{ config(group='reporting') }}
-- depends_on: {{ ref('mart_pmr_rsvp__rsvp_daily') }}
-- Of what is published a total is the sum of its parts that are shown and of what is withheld together. Where a part is
-- withheld and no row has what is withheld, nothing adds up.
with

months as (

    select * from {{ ref('mart_pmr_rsvp__rsvp_monthly') }}

),

days as (

    select * from {{ ref('mart_pmr_rsvp__rsvp_daily') }}

),

published as (

    select
        business_process,
        srv,
        segment,
        split,
        split_value,
        volume,
        pending,
        delivery_failures,
        state
    from months

    union all

    select
        business_process,
        srv,
        segment,
        'day' as split,
        coalesce(cast(day as string), 'Withheld') as split_value,
        volume,
        null as pending,
        delivery_failures,
        state
    from days

),

{% set lines = {
    'segment': ("segment not in ('SMETS2', 'SMETS1')", "'SMETS2'"),
    'srv': ("srv != 'ALL'", "'ALL'"),
    'split_value': ("split != 'ALL'", "'ALL'"),
} -%}

parts as (

    {% for column, (is_part, total) in lines.items() -%}
    {%- set keys = [
        'business_process',
        total if column == 'srv' else 'srv',
        total if column == 'segment' else 'segment',
        "'ALL'" if column == 'split_value' else 'split',
        total if column == 'split_value' else 'split_value',
    ] -%}
    {{ 'union all ' if not loop.first }}select
        '{{ column }}' as kind,
        split as split_of_parts,
        {{ keys[0] }} as business_process,
        {{ keys[1] }} as srv,
        {{ keys[2] }} as segment,
        {{ keys[3] }} as split,
        {{ keys[4] }} as split_value,
        sum(volume) as volume,
        sum(pending) as pending,
        sum(delivery_failures) as delivery_failures,
        bool_or(state = 'Withheld') and not bool_or({{ column }} = 'Withheld') as is_left_open
    from published
    where {{ is_part }}
    group by
        split,
        {{ keys | join(',\n        ') }}
    {% endfor %}

),

broken as (

    select
        parts.kind,
        parts.split_of_parts,
        parts.business_process,
        parts.srv,
        parts.segment,
        parts.split_value
    from parts
    inner join published
        on {{ is_same_in('parts', 'published', ['business_process', 'srv', 'segment', 'split', 'split_value']) }}
    where
        published.state = 'Reported'
        -- What is withheld together is no total of a line.
        and 'Withheld' not in (published.srv, published.segment, published.split_value)
        and not parts.is_left_open
        and (
            parts.volume != published.volume
            or parts.delivery_failures != published.delivery_failures
            -- A day tells nothing of what is pending.
            or (parts.split_of_parts != 'day' and parts.pending != published.pending)
        )

)

select
    *,
    'rsvp_monthly.csv, rsvp_daily.csv: the parts by ' || kind || ' of ' || business_process || ' ' || srv
    || ' in ' || segment
    || ' do not add up to their total' as says
from broken
